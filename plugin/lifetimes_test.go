package ginauth_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// fleet is a store and nodes, each with a clock of its own.
type fleet struct {
	t      *testing.T
	store  *memstore.Store
	clock  *authtest.Clock // the store's
	clocks []*authtest.Clock
	key    ed25519.PrivateKey
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	clock := authtest.NewClock()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{t: t, store: memstore.NewWith(memstore.Options{Now: clock.Now}), clock: clock, key: key}
	f.clocks = []*authtest.Clock{clock}
	return f
}

// member describes a node.
type member struct {
	ahead      time.Duration // of the store's clock
	timeout    time.Duration
	leeway     time.Duration // ExpiryLeeway
	verifyOnly bool
}

// node starts a node. copied gives it a mirror, which is in step when node returns.
func (f *fleet) node(m member, copied bool) (*authtest.App, *mirror.Mirror) {
	f.t.Helper()
	clock := authtest.NewClock()
	clock.Add(f.clock.Now().Add(m.ahead).Sub(clock.Now()))
	f.clocks = append(f.clocks, clock)
	var store session.Store = f.store
	var list *mirror.Mirror
	if copied {
		// Its clock moves in one step with the store's: a jump between the two would be announced,
		// and no announcement ends while the store's clock stands still.
		now := func() time.Time { return f.clock.Now().Add(m.ahead) }
		list = mirror.Must(mirror.New(f.store, mirror.Options{Now: now, Heartbeat: 20 * time.Millisecond}))
		store = list
	}
	key := mustKey(keys.Private("", f.key))
	if m.verifyOnly {
		key = mustKey(keys.Public("", f.key.Public()))
	}
	app := authtest.On(f.t, clock, store, useKeys(key), fixedRefreshKey, func(c *ginauth.Config) {
		c.JWT.Timeout, c.ExpiryLeeway, c.Leeway = m.timeout, m.leeway, 10*time.Minute
		if m.verifyOnly {
			c.JWT.Authenticator = nil
		}
	})
	if copied {
		inStep(f.t, list)
	}
	return app, list
}

// inStep waits longer than await, since many copies are read at once.
func inStep(t *testing.T, list *mirror.Mirror) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !list.Ready(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(list.Status())
		}
	}
}

func (f *fleet) add(d time.Duration) {
	for _, clock := range f.clocks {
		clock.Add(d)
	}
}

// revocations are the ways to end what an access token stands for.
var revocations = map[string]func(ctx context.Context, app *authtest.App, tokens ginauth.Tokens) error{
	"session": func(ctx context.Context, app *authtest.App, tokens ginauth.Tokens) error {
		id, err := session.ParseID(tokens.SessionID)
		if err == nil {
			_, err = app.Auth.RevokeSession(ctx, id)
		}
		return err
	},
	"logout": func(_ context.Context, app *authtest.App, tokens ginauth.Tokens) error {
		if app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)).Status != http.StatusOK {
			return session.ErrUnavailable
		}
		return nil
	},
	"token": func(ctx context.Context, app *authtest.App, tokens ginauth.Tokens) error {
		_, err := app.Auth.RevokeToken(ctx, tokens.AccessToken)
		return err
	},
	"subject": func(ctx context.Context, app *authtest.App, _ ginauth.Tokens) error {
		_, err := app.Auth.RevokeSubject(ctx, "user1")
		return err
	},
	"everybody": func(ctx context.Context, app *authtest.App, _ ginauth.Tokens) error {
		_, err := app.Auth.RevokeAll(ctx)
		return err
	},
}

// A revocation lasts until the last token that it ends would have expired, whichever node
// revokes, and whatever its settings and clocks are.
func TestARevocationOutlivesTheTokensThatItEnds(t *testing.T) {
	const short, long = authtest.Timeout, 8 * time.Hour
	for name, row := range map[string]struct {
		minter, revoker, verifier member
		accepted                  time.Duration // by the verifier, from the login on
	}{
		"a service that only verifies revokes": {
			minter: member{timeout: long}, revoker: member{verifyOnly: true}, verifier: member{verifyOnly: true}, accepted: long,
		},
		"Timeout was lowered": {
			minter: member{timeout: long}, revoker: member{timeout: short}, verifier: member{timeout: short}, accepted: long,
		},
		"one node has a leeway": {
			minter: member{timeout: short}, revoker: member{timeout: short},
			verifier: member{timeout: short, leeway: session.MaxLeeway}, accepted: short + session.MaxLeeway,
		},
		"the minter's clock is ahead": {
			minter: member{timeout: short, ahead: 4 * time.Minute}, revoker: member{timeout: short},
			verifier: member{timeout: short}, accepted: short + 4*time.Minute,
		},
		"the verifier's clock is behind": {
			minter: member{timeout: short}, revoker: member{timeout: short},
			verifier: member{timeout: short, ahead: -4 * time.Minute}, accepted: short + 4*time.Minute,
		},
		"all of it": {
			minter: member{timeout: long, ahead: 4 * time.Minute}, revoker: member{verifyOnly: true},
			verifier: member{timeout: short, ahead: -4 * time.Minute, leeway: session.MaxLeeway}, accepted: long + 8*time.Minute + session.MaxLeeway,
		},
	} {
		for kind, revoke := range revocations {
			t.Run(name+", "+kind, func(t *testing.T) {
				t.Parallel()
				f := newFleet(t)
				minter, _ := f.node(row.minter, false)
				revoker, _ := f.node(row.revoker, false)
				f.outlives(minter.Login("user1"), minter.Login("user2"), row.verifier, row.accepted, func(tokens ginauth.Tokens) error {
					return revoke(t.Context(), revoker, tokens)
				}, kind == "everybody")
			})
		}
	}
}

// outlives revokes a token and presents it, as long as the verifier would accept it, to a node
// that asks the store, to one with a copy, and to one that has just read its copy.
func (f *fleet) outlives(revoked, live ginauth.Tokens, verifier member, accepted time.Duration, revoke func(ginauth.Tokens) error, everybody bool) {
	f.t.Helper()
	strict, _ := f.node(verifier, false)
	copied, list := f.node(verifier, true)
	for _, app := range []*authtest.App{strict, copied} {
		wantStatus(f.t, app.Get("/protected", revoked.AccessToken), http.StatusOK)
	}
	if err := revoke(revoked); err != nil {
		f.t.Fatal(err)
	}
	var passed time.Duration
	for _, at := range []time.Duration{accepted / 10, 62 * time.Minute, accepted / 2, accepted - time.Second} {
		if at < passed || at >= accepted {
			continue
		}
		f.add(at - passed)
		passed = at
		fresh, _ := f.node(verifier, true)
		inStep(f.t, list)
		for who, app := range map[string]*authtest.App{"strict": strict, "copied": copied, "fresh": fresh} {
			if reply := app.Get("/protected", revoked.AccessToken); reply.Word() != "token_revoked" {
				f.t.Errorf("%s, after %v: %d %s", who, at, reply.Status, reply)
			}
			if reply := app.Get("/protected", live.AccessToken); !everybody && reply.Status != http.StatusOK {
				f.t.Errorf("%s, after %v, another user's: %d %s", who, at, reply.Status, reply)
			}
		}
	}
	f.add(time.Second)
	wantRefusal(f.t, strict.Get("/protected", revoked.AccessToken), http.StatusUnauthorized, "token_expired")
}
