package ginauth_test

import (
	"context"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// listener is a store that notes what it is told.
type listener struct {
	*memstore.Store
	end    time.Time // of the last Create or Rotation
	until  time.Time // of the last Revocation
	leeway time.Duration
	slow   func() // called before a Create or Rotation is answered
}

func (l *listener) Create(ctx context.Context, c session.Create) (session.Created, error) {
	l.end = c.TokenEnd
	created, err := l.Store.Create(ctx, c)
	l.slow()
	return created, err
}

func (l *listener) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	l.end = r.TokenEnd
	rotated, err := l.Store.Rotate(ctx, r)
	l.slow()
	return rotated, err
}

func (l *listener) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	l.until = r.Until
	return l.Store.Revoke(ctx, r)
}

func (l *listener) Keep(leeway time.Duration) { l.leeway = leeway }

func listen(t *testing.T, changes ...func(*ginauth.Config)) (*authtest.App, *listener) {
	t.Helper()
	clock := authtest.NewClock()
	l := &listener{Store: memstore.NewWith(memstore.Options{Now: clock.Now}), slow: func() {}}
	return authtest.On(t, clock, l, changes...), l
}

// expOf returns the exp of an access token.
func expOf(t *testing.T, tokens ginauth.Tokens) time.Time {
	t.Helper()
	exp, ok := authtest.Claims(t, tokens.AccessToken)["exp"].(float64)
	if !ok {
		t.Fatal("no exp")
	}
	return time.Unix(int64(exp), 0)
}

// The store is told an end that the token does not exceed, however long its answer takes, and
// whatever TimeoutFunc, Reload and the clock do meanwhile.
func TestNoTokenOutlivesWhatTheStoreWasTold(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){
		"Timeout": func(*ginauth.Config) {},
		"a Timeout beyond the session": func(c *ginauth.Config) {
			c.JWT.Timeout, c.SessionIdleTTL, c.SessionMaxTTL = 100*time.Hour, time.Hour, time.Hour
		},
		"TimeoutFunc":                      func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { return 9 * time.Hour } },
		"a TimeoutFunc beyond the session": func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { return 1e6 * time.Hour } },
	} {
		t.Run(name, func(t *testing.T) {
			app, l := listen(t, change)
			for _, late := range []time.Duration{0, time.Second, 3 * time.Second, time.Minute, 2000 * time.Hour} {
				l.slow = func() {}
				tokens := app.Login("user1")
				asked := app.Clock.Now()
				l.slow = func() { app.Clock.Add(late) }
				tokens = app.Refreshed(tokens.RefreshToken)
				if exp := expOf(t, tokens); exp.After(l.end) {
					t.Errorf("%v late: exp is %v after the end that the store was told", late, exp.Sub(l.end))
				}
				if late == 0 && name == "Timeout" && (l.end.Before(asked.Add(authtest.Timeout)) || l.end.After(asked.Add(authtest.Timeout+10*time.Second))) {
					t.Errorf("the store was told %v", l.end.Sub(asked))
				}
				if tokens.ExpiresIn < 0 {
					t.Errorf("%v late: expires_in %d", late, tokens.ExpiresIn)
				}
			}
		})
	}
	t.Run("Reload hangs", func(t *testing.T) {
		var app *authtest.App
		app, l := listen(t, reloadWith(func(s session.Session) (any, error) {
			app.Clock.Add(time.Minute)
			return authtest.UserNamed(s.Subject), nil
		}))
		if exp := expOf(t, app.Refreshed(app.Login("user1").RefreshToken)); exp.After(l.end) {
			t.Errorf("exp is %v after the end that the store was told", exp.Sub(l.end))
		}
	})
}

// An ordinary delay costs the token nothing of its life.
func TestASlowStoreShortensNoToken(t *testing.T) {
	app, l := listen(t)
	l.slow = func() { app.Clock.Add(4 * time.Second) }
	if tokens := app.Login("user1"); tokens.ExpiresIn != 900 {
		t.Errorf("expires_in %d", tokens.ExpiresIn)
	}
}

func TestTheStoreIsToldHowLongARevocationMatters(t *testing.T) {
	legacyEnd := 50 * time.Hour
	for _, row := range []struct {
		name   string
		change func(*ginauth.Config)
		least  time.Duration // of a session, a subject and everything
		legacy time.Duration // of what ends legacy tokens too
	}{
		{"Timeout", func(*ginauth.Config) {}, authtest.Timeout, authtest.Timeout},
		{"TimeoutFunc", func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { return time.Hour } }, 720 * time.Hour, 720 * time.Hour},
		{"Legacy", func(c *ginauth.Config) {
			c.Legacy = &ginauth.Legacy{Until: c.JWT.TimeFunc().Add(legacyEnd)}
		}, authtest.Timeout, legacyEnd},
	} {
		app, l := listen(t, row.change)
		for kind, revoke := range revocations {
			tokens := app.Login("user1")
			exp := expOf(t, tokens)
			if err := revoke(t.Context(), app, tokens); err != nil {
				t.Fatal(err)
			}
			least := app.Clock.Now().Add(row.least)
			switch kind {
			case "token":
				if !l.until.Equal(exp) {
					t.Errorf("%s: a token until %v, want its exp %v", row.name, l.until, exp)
				}
				continue
			case "subject", "everybody":
				least = app.Clock.Now().Add(row.legacy)
			}
			if more := l.until.Sub(least); more < 0 || more > time.Minute {
				t.Errorf("%s: %s until %v more than wanted", row.name, kind, more)
			}
		}
	}
}

// An access token that outlives this node's own tokens is the proof that longer ones exist.
func TestASessionIsRevokedUntilTheExpOfTheTokenThatNamesIt(t *testing.T) {
	app, l := listen(t)
	tokens := app.Login("user1")
	exp := app.Clock.Now().Add(8 * time.Hour)
	long := forge(t, tokens.AccessToken, map[string]any{"exp": exp.Unix()})
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(long)), 200)
	if !l.until.Equal(exp) {
		t.Errorf("logout: until %v, want %v", l.until, exp)
	}
	l.until = time.Time{}
	app.Login("user1", authtest.Bearer(forge(t, app.Login("user1").AccessToken, map[string]any{"exp": exp.Unix()})))
	if !l.until.Equal(exp) {
		t.Errorf("a login that presents it: until %v, want %v", l.until, exp)
	}
}

func TestTheCopyIsToldTheLeewayWhichHasALimit(t *testing.T) {
	_, l := listen(t, func(c *ginauth.Config) { c.ExpiryLeeway = session.MaxLeeway })
	if l.leeway != session.MaxLeeway {
		t.Errorf("told %v", l.leeway)
	}
	config := goodConfig()
	config.ExpiryLeeway = session.MaxLeeway + 1
	wantMistakes(t, config, "ExpiryLeeway")
}

// A node with a leeway accepts an expired token, so revoking it must still work.
func TestAnExpiredTokenThatIsStillAcceptedCanBeRevoked(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.ExpiryLeeway = session.MaxLeeway })
		tokens := app.Login("user1")
		clock.Add(authtest.Timeout + time.Minute)
		await(t, "the token is accepted", func() bool { return app.Get("/protected", tokens.AccessToken).Status == 200 })
		if n, err := app.Auth.RevokeToken(t.Context(), tokens.AccessToken); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
		clock.Add(session.MaxLeeway - time.Minute - time.Second)
		wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
	})
}
