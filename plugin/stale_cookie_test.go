package ginauth_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func greet(c *gin.Context) {
	name := "stranger"
	if access, ok := ginauth.AccessFrom(c); ok {
		name = access.Subject
	}
	c.String(http.StatusOK, name)
}

// A guest whose browser has an old cookie sees the public page, and not an error.
func TestAStaleCookieShowsThePublicPage(t *testing.T) {
	app, store := newFaultyApp(t, withCookies, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(data any, _ *gin.Context) bool { return data != "user2" }
	})
	app.Engine.Any("/", app.Auth.Optional(ginauth.IgnoreBadTokens()), greet)
	app.Engine.Any("/lenient", app.Auth.Optional(ginauth.IgnoreBadTokens(), ginauth.OnDown(ginauth.Allow)), greet)
	cookieOf := func(name string) string {
		return setCookie(t, app.Do(http.MethodPost, "/login", password(name)), accessCookie).Value
	}
	expired := cookieOf("user1")
	app.Clock.Add(authtest.Timeout)
	revoked := cookieOf("user1")
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	good, forbidden := cookieOf("user1"), cookieOf("user2")
	app.Events.Kinds() // forgets them
	for name, token := range map[string]string{"expired": expired, "revoked": revoked, "junk": "x"} {
		reply := app.Do(http.MethodGet, "/", authtest.Cookie(accessCookie, token))
		if reply.Status != http.StatusOK || string(reply.Body) != "stranger" {
			t.Errorf("%s: %s", name, reply)
		}
		if refused := app.Events.Of(ginauth.EventRefused); len(refused) != 1 {
			t.Errorf("%s: events %+v", name, refused)
		}
		app.Events.Kinds()
	}
	live := authtest.Cookie(accessCookie, good)
	if reply := app.Do(http.MethodGet, "/", live); string(reply.Body) != "user1" {
		t.Errorf("a good token: %s", reply)
	}
	wantRefusal(t, app.Do(http.MethodGet, "/", authtest.Cookie(accessCookie, forbidden)), http.StatusForbidden, "forbidden")
	wantRefusal(t, app.Do(http.MethodPost, "/", live, authtest.Header("Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "cross_origin")
	wantRefusal(t, app.Do(http.MethodGet, "/", authtest.Bearer("x"), authtest.Bearer("y")), http.StatusBadRequest, "invalid_request")
	store.Fail(session.ErrUnavailable, authtest.Check)
	wantRefusal(t, app.Do(http.MethodGet, "/", live), http.StatusServiceUnavailable, "unavailable")
	if reply := app.Do(http.MethodGet, "/lenient", live); string(reply.Body) != "user1" {
		t.Errorf("with Allow: %s", reply)
	}
}

// An expired cookie is renewed if its browser can, and is none if not.
func TestAStaleCookieIsRenewedBeforeItCountsAsNone(t *testing.T) {
	app, store, access, refresh := implicitApp(t)
	app.Engine.GET("/", app.Auth.Optional(ginauth.IgnoreBadTokens()), greet)
	app.Clock.Add(authtest.Timeout)
	stale := authtest.Cookie(accessCookie, access)
	store.Fail(session.ErrUnavailable, authtest.Rotate)
	wantRefusal(t, open(app, "/", refresh, stale), http.StatusServiceUnavailable, "unavailable")
	store.Fail(nil)
	reply := open(app, "/", refresh, stale)
	if string(reply.Body) != "user1" || setCookie(t, reply, accessCookie).Value == "" {
		t.Errorf("not renewed: %s", reply)
	}
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	reply = open(app, "/", refresh, stale)
	if reply.Status != http.StatusOK || string(reply.Body) != "stranger" || setCookie(t, reply, refreshCookie).MaxAge >= 0 {
		t.Errorf("of a session that is over: %s %v", reply, reply.Header)
	}
}

// IgnoreBadTokens turns a refused token into a guest, and never into a user.
func TestIgnoreBadTokensLetsNobodyIn(t *testing.T) {
	app, store := newFaultyApp(t)
	token := app.Login("user1").AccessToken
	ignore := ginauth.IgnoreBadTokens()
	revoke := func(*gin.Context) { store.Fail(session.ErrRevoked, authtest.Check) }
	app.Engine.GET("/required", app.Auth.Require(ignore), greet)
	app.Engine.GET("/inside", app.Auth.Require(), revoke, app.Auth.Optional(ignore), greet)
	app.Engine.GET("/asked", func(c *gin.Context) {
		if _, err := app.Auth.Authenticate(c, ignore); err != nil {
			app.Auth.Refuse(c, err)
		}
	})
	if reply := app.Get("/inside", token); string(reply.Body) != "stranger" {
		t.Errorf("revoked between two middlewares, and still %s", reply)
	}
	wantRefusal(t, app.Get("/required", token), http.StatusUnauthorized, "token_revoked")
	wantRefusal(t, app.Get("/required", "x"), http.StatusUnauthorized, "token_invalid")
	wantRefusal(t, app.Get("/required", ""), http.StatusUnauthorized, "token_missing")
	wantRefusal(t, app.Get("/asked", token), http.StatusUnauthorized, "token_revoked")
	if _, err := app.Auth.Verify(t.Context(), token, ignore); err == nil {
		t.Error("Verify lets a revoked token in")
	}
}
