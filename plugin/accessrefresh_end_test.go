package ginauth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestALogoutEndsRefreshingWithTheAccessToken(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := withOldRoute(authtest.On(t, clock, store, accessRefresh(time.Hour)))
		for name, end := range map[string]func(token string) error{
			"logout": func(token string) error {
				wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(token)), http.StatusOK)
				return nil
			},
			"its user":  func(string) error { _, err := app.Auth.RevokeSubject(t.Context(), "user1"); return err },
			"everybody": func(string) error { _, err := app.Auth.RevokeAll(t.Context()); return err },
		} {
			t.Run(name, func(t *testing.T) {
				first := app.Login("user1").AccessToken
				second := renew(app, first).Tokens(t).AccessToken
				if err := end(second); err != nil {
					t.Fatal(err)
				}
				for _, token := range []string{first, second} {
					wantRefusal(t, renew(app, token), http.StatusUnauthorized, "token_revoked")
				}
			})
		}
	})
}

// A store forgets a token that was revoked by itself soon after its exp, and it could refresh
// then: so the revocation ends its session.
func TestARevokedTokenDoesNotRefreshAfterItExpired(t *testing.T) {
	for name, wait := range map[string]time.Duration{"alive": 0, "expired, within the bound": authtest.Timeout + time.Minute} {
		t.Run(name, func(t *testing.T) {
			app := oldClient(t, accessRefresh(48*time.Hour))
			tokens := app.Login("user1")
			app.Clock.Add(wait)
			if n, err := app.Auth.RevokeToken(t.Context(), tokens.AccessToken); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			for range 30 {
				wantRefusal(t, renew(app, tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
				app.Clock.Add(time.Hour)
			}
			wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		})
	}
	// Beyond this node's bound the token may still refresh at another one.
	short := oldClient(t, accessRefresh(time.Minute))
	long := withOldRoute(authtest.On(t, short.Clock, short.Store, accessRefresh(48*time.Hour)))
	tokens := short.Login("user1")
	short.Clock.Add(authtest.Timeout + time.Hour)
	if n, err := short.Auth.RevokeToken(t.Context(), tokens.AccessToken); n != 1 || err != nil {
		t.Errorf("beyond the bound: %d, %v", n, err)
	}
	wantRefusal(t, renew(long, tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
}

// RFC 7009's endpoint ends what could go on refreshing, too.
func TestTheRevocationEndpointEndsTheSessionOfARefreshingToken(t *testing.T) {
	client := ginauth.Client{ID: "service", Secret: strings.Repeat("s", ginauth.MinClientSecret)}
	app := oldClient(t, func(c *ginauth.Config) { c.Clients = []ginauth.Client{client} })
	app.Engine.POST("/revoke", app.Auth.RevocationHandler)
	tokens := app.Login("user1")
	reply := app.Do(http.MethodPost, "/revoke", authtest.Form(map[string]string{"token": tokens.AccessToken}),
		func(r *http.Request) { r.SetBasicAuth(client.ID, client.Secret) })
	wantStatus(t, reply, http.StatusOK)
	wantRefusal(t, renew(app, tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
}

// One node lets access tokens refresh, the other does not; each keeps to its own setting, and the
// session is one.
func TestTwoNodesOfWhichOneRefreshesWithAccessTokens(t *testing.T) {
	on := oldClient(t)
	off := withOldRoute(authtest.On(t, on.Clock, on.Store))
	token := off.Login("user1").AccessToken
	wantRefusal(t, renew(off, token), http.StatusUnauthorized, "token_missing")
	next := renew(on, token)
	wantStatus(t, next, http.StatusOK)
	wantStatus(t, off.Get("/protected", next.Tokens(t).AccessToken), http.StatusOK)
	wantStatus(t, off.Do(http.MethodPost, "/logout", authtest.Bearer(token)), http.StatusOK)
	wantRefusal(t, renew(on, next.Tokens(t).AccessToken), http.StatusUnauthorized, "token_revoked")
}

func TestADisabledUserDoesNotRefreshWithTheAccessToken(t *testing.T) {
	disabled, down := false, false
	app := oldClient(t, func(c *ginauth.Config) {
		c.Reload = func(_ context.Context, s session.Session) (any, error) {
			switch {
			case disabled:
				return nil, ginauth.ErrUserDisabled
			case down:
				return nil, session.ErrUnavailable
			}
			return authtest.User{Name: s.Subject, Role: "now"}, nil
		}
	})
	token := app.Login("user1").AccessToken
	next := renew(app, token).Tokens(t).AccessToken
	if got := authtest.Claims(t, next)["role"]; got != "now" {
		t.Errorf("role %v", got)
	}
	down = true
	wantRefusal(t, renew(app, next), http.StatusServiceUnavailable, "unavailable")
	disabled = true
	wantRefusal(t, renew(app, next), http.StatusUnauthorized, "token_revoked")
	disabled, down = false, false
	wantRefusal(t, app.Get("/protected", next), http.StatusUnauthorized, "token_revoked") // the session ended
}

func TestWithoutItsStoreNoAccessTokenRefreshes(t *testing.T) {
	for _, verb := range []authtest.Verb{authtest.Check, authtest.Get, authtest.Rotate} {
		app, store := newFaultyApp(t, accessRefresh(time.Hour))
		withOldRoute(app)
		token := app.Login("user1").AccessToken
		store.Fail(session.ErrUnavailable, verb)
		wantRefusal(t, renew(app, token), http.StatusServiceUnavailable, "unavailable")
		store.Fail(nil)
		wantStatus(t, renew(app, token), http.StatusOK)
	}
}
