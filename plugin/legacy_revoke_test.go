package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// A revocation ends legacy tokens for good, although they live much longer than ginauth's
// tokens, and also on a mirror that does not ask the store.
func TestOldTokensEndWithTheirUserOrEverybody(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, app *authtest.App, old string){
		"subject": func(t *testing.T, app *authtest.App, _ string) {
			if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
				t.Fatal(err)
			}
		},
		"other sessions": func(t *testing.T, app *authtest.App, _ string) {
			id, err := session.ParseID(app.Login("user1").SessionID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := app.Auth.RevokeOtherSessions(t.Context(), "user1", id); err != nil {
				t.Fatal(err)
			}
		},
		"everybody": func(t *testing.T, app *authtest.App, _ string) {
			if _, err := app.Auth.RevokeAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"the token": func(t *testing.T, app *authtest.App, old string) {
			if _, err := app.Auth.RevokeToken(t.Context(), old); err != nil {
				t.Fatal(err)
			}
		},
		"logout": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(old)), http.StatusOK)
		},
		"logout everywhere": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout/all", authtest.Bearer(old)), http.StatusOK)
		},
		"logout of the others": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(old)), http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			store := memstore.NewWith(memstore.Options{Now: clock.Now})
			app := authtest.On(t, clock, store, acceptLegacy)
			old, other := legacyToken(t, clock, "user1"), legacyToken(t, clock, "user2")
			wantStatus(t, app.Get("/protected", old), http.StatusOK)
			end(t, app, old)
			copied := mirror.Must(mirror.New(store, mirror.Options{}))
			t.Cleanup(func() { _ = copied.Close(t.Context()) })
			await(t, "the copy is in step", copied.Ready)
			node := authtest.On(t, clock, copied, acceptLegacy)
			for range 2 {
				wantRefusal(t, app.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
				wantRefusal(t, node.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
				if name != "everybody" {
					wantStatus(t, app.Get("/protected", other), http.StatusOK)
					wantStatus(t, node.Get("/protected", other), http.StatusOK)
				}
				clock.Add(legacyLife - time.Minute) // our own tokens live a quarter of an hour
			}
		})
	}
}

// A legacy token made in the same second as the cut-off, or slightly later by a clock that is
// ahead, is refused. A token made much later is accepted.
func TestAnOldTokenOfTheSecondOfTheCutoffIsRefused(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusUnauthorized, "token_revoked")
	app.Clock.Add(30 * time.Second)
	wantRefusal(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusUnauthorized, "token_revoked")
	app.Clock.Add(time.Second)
	wantStatus(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusOK)
}

func TestAConnectionWithAnOldTokenEndsWithItsUser(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	ended := stay(t, app, legacyToken(t, app.Clock, "user1"))
	other := stay(t, app, legacyToken(t, app.Clock, "user2"))
	app.Clock.Add(time.Minute)
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, ended, ginauth.ErrTokenRevoked)
	if _, err := app.Auth.RevokeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, other, ginauth.ErrTokenRevoked)
}

// A legacy token names no session. A login that ends a session, or a token that names an
// unknown session, must not end the session id zero, which all legacy tokens share.
func TestALoginWithAnOldTokenEndsNoOtherOldToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	old, other := legacyToken(t, app.Clock, "user1"), legacyToken(t, app.Clock, "user2")
	app.Login("user1", authtest.Bearer(old))
	wantStatus(t, app.Get("/protected", old), http.StatusOK)
	wantStatus(t, app.Get("/protected", other), http.StatusOK)
}

func TestLoggingOutWithASessionOfNobodyEndsNobodys(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	tokens := app.Login("user1")
	foreign := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil,
		with(authtest.Claims(t, tokens.AccessToken), map[string]any{"sid": "somewhere-else"}))
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(foreign)), http.StatusOK)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	wantStatus(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusOK)
}

// With a limit in the far future the remaining time overflows. The revocation must still not
// be forgotten early.
func TestOldTokensStayRevokedWhenTheyAreAcceptedForEver(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.Legacy = &ginauth.Legacy{Until: time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)}
	})
	old := legacyToken(t, app.Clock, "user1")
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	app.Clock.Add(legacyLife - time.Minute)
	wantRefusal(t, app.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
}

// The logout of a legacy token ends its user. One that was revoked must not do so again: it may
// live for a month in a thief's hands.
func TestARevokedOldTokenLogsNobodyOutAgain(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app := authtest.On(t, clock, store, acceptLegacy)
	stolen := legacyToken(t, clock, "user1")
	wantStatus(t, app.Do(http.MethodPost, "/logout/all", authtest.Bearer(stolen)), http.StatusOK)
	clock.Add(time.Minute)
	owner := app.Login("user1")
	before := store.Calls(authtest.Revoke)
	for range 3 {
		wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(stolen)), http.StatusOK)
	}
	wantStatus(t, app.Get("/protected", owner.AccessToken), http.StatusOK)
	if n := store.Calls(authtest.Revoke) - before; n != 0 {
		t.Errorf("%d revocations", n)
	}
}

// A token of no session would be good for everybody who has none.
func TestAnOldTokenGetsNoCSRFToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy, withCookies, func(c *ginauth.Config) { c.Cookies.CSRFToken = true })
	reply := app.Do(http.MethodPost, "/logout/all", authtest.Cookie(accessCookie, legacyToken(t, app.Clock, "user1")))
	wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
	if set := reply.Header["Set-Cookie"]; set != nil {
		t.Errorf("cookies: %v", set)
	}
}
