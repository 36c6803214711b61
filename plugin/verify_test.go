package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestVerifyHasClaimsAndObeysRevocations(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		for _, options := range [][]ginauth.RouteOption{nil, {ginauth.Strict()}} {
			tokens := app.Login("admin")
			access, err := app.Auth.Verify(t.Context(), tokens.AccessToken, options...)
			if err != nil || access.Subject != "admin" || access.SessionID.String() != tokens.SessionID || access.Claims["role"] != "admin" {
				t.Fatalf("%+v, %v", access, err)
			}
			if _, err := app.Auth.RevokeSession(t.Context(), access.SessionID); err != nil {
				t.Fatal(err)
			}
			access, err = app.Auth.Verify(t.Context(), tokens.AccessToken, options...)
			if !errors.Is(err, ginauth.ErrTokenRevoked) || access.Subject != "" || access.Claims != nil {
				t.Errorf("after the revocation %+v, %v", access, err)
			}
			old := app.Login("admin").AccessToken
			clock.Add(authtest.Timeout)
			if _, err := app.Auth.Verify(t.Context(), old, options...); !errors.Is(err, ginauth.ErrTokenExpired) {
				t.Errorf("expired: %v", err)
			}
		}
		if refused := app.Events.Of(ginauth.EventRefused); len(refused) != 4 || refused[0].Reason != "token_revoked" || refused[1].Reason != "token_expired" {
			t.Errorf("events %+v", refused)
		}
	})
}

// A node with a copy of the list answers from it; Strict asks behind it.
func TestVerifyAsksBehindTheCopyIfStrict(t *testing.T) {
	for name, options := range map[string][]ginauth.RouteOption{"": nil, "strict": {ginauth.Strict()}} {
		store := &probes{Store: authtest.New(t).Store}
		app := authtest.On(t, authtest.NewClock(), store)
		token := app.Login("user1").AccessToken
		if _, err := app.Auth.Verify(t.Context(), token, options...); err != nil || store.last.Strict != (name != "") {
			t.Errorf("%q: strict is %t, %v", name, store.last.Strict, err)
		}
	}
}

func TestVerifyRefusesWhatIsNoAccessToken(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	for name, row := range map[string]struct {
		text string
		want error
	}{
		"a refresh token":   {tokens.RefreshToken, ginauth.ErrTokenInvalid},
		"another signature": {tokens.AccessToken[:len(tokens.AccessToken)-3] + "AAA", ginauth.ErrTokenInvalid},
		"with its scheme":   {"Bearer " + tokens.AccessToken, ginauth.ErrTokenInvalid},
		"an old token":      {legacyToken(t, app.Clock, "user1"), ginauth.ErrTokenInvalid},
		"nothing":           {"", ginauth.ErrTokenMissing},
	} {
		app.Events.Kinds() // forgets them
		if access, err := app.Auth.Verify(t.Context(), row.text); !errors.Is(err, row.want) || access.Subject != "" {
			t.Errorf("%s: %+v, %v", name, access, err)
		}
		if n := len(app.Events.Of(ginauth.EventRefused)); (n == 1) != (row.text != "") {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

func TestVerifyLetsInTheOldTokensThatRoutesLetIn(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	access, err := app.Auth.Verify(t.Context(), legacyToken(t, app.Clock, "user1"))
	if err != nil || access.Subject != "user1" || access.SessionID != (session.ID{}) || access.Claims["role"] != "user" {
		t.Errorf("%+v, %v", access, err)
	}
}

// One caller's writes reach neither the next caller nor a request.
func TestTheClaimsOfVerifyBelongToItsCaller(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){
		"with the cache": cacheOf(0), "without": func(c *ginauth.Config) { c.NoTokenCache, c.TokenCacheBytes = true, 0 },
	} {
		app := authtest.New(t, change)
		token := app.Login("user1").AccessToken
		for range 3 {
			access, err := app.Auth.Verify(t.Context(), token)
			if err != nil || access.Claims["role"] != "user" {
				t.Fatalf("%s: %+v, %v", name, access, err)
			}
			access.Claims["role"], access.Claims["sub"] = "admin", "admin"
		}
		wantStatus(t, app.Get("/protected", token), http.StatusOK)
		wantRefusal(t, app.Get("/protected/admin", token), http.StatusForbidden, "forbidden")
	}
}

func TestVerifyFailsClosedUnlessAllowIsAskedFor(t *testing.T) {
	app, store := newFaultyApp(t)
	token := app.Login("user1").AccessToken
	store.Fail(session.ErrUnavailable, authtest.Check)
	if access, err := app.Auth.Verify(t.Context(), token); !errors.Is(err, ginauth.ErrUnavailable) || access.Subject != "" {
		t.Errorf("%+v, %v", access, err)
	}
	allow := ginauth.OnDown(ginauth.Allow)
	if access, err := app.Auth.Verify(t.Context(), token, allow); err != nil || access.Subject != "user1" {
		t.Errorf("with Allow: %+v, %v", access, err)
	}
	if n := len(app.Events.Of(ginauth.EventServedUnchecked)); n != 1 {
		t.Errorf("%d events", n)
	}
	store.Fail(session.ErrRevoked, authtest.Check)
	if _, err := app.Auth.Verify(t.Context(), token, allow); !errors.Is(err, ginauth.ErrTokenRevoked) {
		t.Errorf("revoked, with Allow: %v", err)
	}
}

// A token that only Verify has seen is one that its client has received.
func TestATokenThatVerifyHasSeenIsInUse(t *testing.T) {
	app := authtest.New(t)
	first := app.Login("user1")
	second := app.Refreshed(first.RefreshToken)
	if _, err := app.Auth.Verify(t.Context(), second.AccessToken); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); !seen(t, app, "user1"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not confirmed")
		}
	}
}

// A store that hangs holds nobody up for longer than a request.
func TestVerifyIsLimitedInTime(t *testing.T) {
	store := &hanging{Store: authtest.New(t).Store}
	app := authtest.On(t, authtest.NewClock(), store)
	token := app.Login("user1").AccessToken
	if _, err := app.Auth.Verify(t.Context(), token); !errors.Is(err, ginauth.ErrUnavailable) || store.left <= 0 || store.left > 3*time.Second {
		t.Errorf("%v, with %v left", err, store.left)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := app.Auth.Verify(ended, token, ginauth.OnDown(ginauth.Allow)); !errors.Is(err, ginauth.ErrUnavailable) {
		t.Errorf("for a caller that is gone: %v", err)
	}
}

// hanging is a store whose Check notes how long it may take, and fails as if it had taken that.
type hanging struct {
	session.Store
	left time.Duration
}

func (s *hanging) Check(ctx context.Context, _ session.Probe) error {
	if end, limited := ctx.Deadline(); limited {
		s.left = time.Until(end)
	}
	return context.DeadlineExceeded
}
