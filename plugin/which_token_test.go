package ginauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// junkTokens are what browsers and other sites leave under the names of our cookies.
func junkTokens(t *testing.T, access string) []string {
	t.Helper()
	foreign := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte("another application's key of 32 b"), authtest.HeaderOf(t, access), authtest.Claims(t, access))
	return []string{"x", foreign, access[:len(access)-4], strings.Repeat("a", ginauth.MaxToken+1)}
}

func TestAStaleOrForeignCookieLocksNoBrowserOut(t *testing.T) {
	app, access, refresh := cookieApp(t)
	for i, junk := range junkTokens(t, access) {
		for name, options := range map[string][]authtest.RequestOption{
			"before":         {authtest.Cookie(accessCookie, junk), authtest.Cookie(accessCookie, access)},
			"behind":         {authtest.Cookie(accessCookie, access), authtest.Cookie(accessCookie, junk)},
			"in the header":  {authtest.Bearer(junk), authtest.Cookie(accessCookie, access)},
			"beside header":  {authtest.Bearer(access), authtest.Cookie(accessCookie, junk)},
			"many":           {authtest.Cookie(accessCookie, junk), authtest.Cookie(accessCookie, "y"), authtest.Cookie(accessCookie, access)},
			"the same twice": {authtest.Cookie(accessCookie, access), authtest.Cookie(accessCookie, access)},
		} {
			if reply := app.Do(http.MethodGet, "/protected", options...); reply.Status != http.StatusOK {
				t.Errorf("junk %d %s: %s", i, name, reply)
			}
		}
		wantRefusal(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, junk), authtest.Cookie(accessCookie, "y")), http.StatusUnauthorized, "token_invalid")
		reply := app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, "x"), authtest.Cookie(refreshCookie, refresh), authtest.Cookie(accessCookie, junk), authtest.Cookie(accessCookie, "y"))
		wantStatus(t, reply, http.StatusOK)
		refresh = setCookie(t, reply, refreshCookie).Value
		for name, cookies := range map[string]string{
			"access":   accessCookie + "=" + junk + "; " + accessCookie + "=y",
			"refresh":  refreshCookie + "=x; " + refreshCookie + "=y",
			"everyone": accessCookie + "=" + junk + "; " + accessCookie + "=y; " + refreshCookie + "=x; " + refreshCookie + "=y",
		} {
			wantStatus(t, app.Do(http.MethodPost, "/login", password("user2"), authtest.Header("Cookie", cookies)), http.StatusOK)
			out := app.Do(http.MethodPost, "/logout", authtest.Header("Cookie", cookies))
			if out.Status != http.StatusUnauthorized {
				t.Errorf("logout with junk under %s: %s", name, out)
			}
			for _, cookie := range []string{accessCookie, refreshCookie} {
				if setCookie(t, out, cookie).MaxAge >= 0 {
					t.Errorf("%s is not cleared", cookie)
				}
			}
		}
	}
	out := app.Do(http.MethodPost, "/logout", authtest.Cookie(refreshCookie, "x"), authtest.Cookie(refreshCookie, refresh))
	wantStatus(t, out, http.StatusOK)
	wantRefusal(t, app.Get("/protected", access), http.StatusUnauthorized, "token_revoked")
}

// What verifies is enough for nobody to choose between: the attacker's own token is genuine too.
func TestTwoTokensThatVerifyAreRefused(t *testing.T) {
	app, access, refresh := cookieApp(t)
	second := app.Do(http.MethodPost, "/login", password("user2"))
	other, otherRefresh := setCookie(t, second, accessCookie).Value, setCookie(t, second, refreshCookie).Value
	twice := authtest.Header("Cookie", strings.Join([]string{accessCookie + "=" + access, accessCookie + "=x", accessCookie + "=" + other}, "; "))
	for name, reply := range map[string]authtest.Reply{
		"cookies":             app.Do(http.MethodGet, "/protected", twice),
		"cookies, at login":   app.Do(http.MethodPost, "/login", password("user1"), twice),
		"cookies, at logout":  app.Do(http.MethodPost, "/logout", twice),
		"lines, one junk":     app.Do(http.MethodGet, "/protected", authtest.Bearer(access), authtest.Bearer("x")),
		"lines, at login":     app.Do(http.MethodPost, "/login", password("user1"), authtest.Bearer("x"), authtest.Bearer("y")),
		"refresh cookies":     app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.Cookie(refreshCookie, otherRefresh)),
		"cookie beside body":  app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.JSON(map[string]string{"refresh_token": "x"})),
		"a heap of cookies":   app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access), heapOf(accessCookie)),
		"a heap at a refresh": app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), heapOf(refreshCookie)),
	} {
		if reply.Status != http.StatusBadRequest || reply.Word() != "invalid_request" {
			t.Errorf("%s: %s", name, reply)
		}
	}
	wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access)), http.StatusOK)
	wantStatus(t, app.Do(http.MethodPost, "/login", password("user1"), heapOf(accessCookie), heapOf(refreshCookie)), http.StatusOK)
}

// heapOf makes more cookies of one name than a request may have verified.
func heapOf(name string) authtest.RequestOption {
	var all []string
	for i := range 20 {
		all = append(all, fmt.Sprintf("%s=x%d", name, i))
	}
	return authtest.Header("Cookie", strings.Join(all, "; "))
}

func TestAnExpiredTokenGivesWayToALiveOne(t *testing.T) {
	app, stale, refresh := cookieApp(t)
	app.Clock.Add(authtest.Timeout)
	live := setCookie(t, app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh)), accessCookie).Value
	for _, options := range [][]authtest.RequestOption{
		{authtest.Cookie(accessCookie, stale), authtest.Cookie(accessCookie, live)},
		{authtest.Bearer(stale), authtest.Cookie(accessCookie, live)},
		{authtest.Bearer(live), authtest.Cookie(accessCookie, stale)},
	} {
		wantStatus(t, app.Do(http.MethodGet, "/protected", options...), http.StatusOK)
	}
	// Beside junk an expired one is what the client has, and tells it to refresh.
	both := []authtest.RequestOption{authtest.Cookie(accessCookie, "x"), authtest.Cookie(accessCookie, stale)}
	wantRefusal(t, app.Do(http.MethodGet, "/protected", both...), http.StatusUnauthorized, "token_expired")
	wantStatus(t, app.Do(http.MethodPost, "/logout", both...), http.StatusOK) // and ends its session
	wantRefusal(t, app.Get("/protected", live), http.StatusUnauthorized, "token_revoked")
}

// A header that does not count must not make a request look as if no cookie had opened it.
func TestAJunkHeaderDoesNotExcuseACookieFromItsChecks(t *testing.T) {
	app := authtest.New(t, withCSRF)
	b := loginInBrowser(t, app, "user1")
	stale := b.access
	app.Clock.Add(authtest.Timeout)
	b = browserOf(t, app.Do(http.MethodPost, "/refresh", b.cookies(), showing(b.csrf)))
	for _, header := range []string{"x", stale} {
		junk := authtest.Bearer(header)
		for _, path := range unsafePaths {
			wantRefusal(t, app.Do(http.MethodPost, path, b.cookies(), junk), http.StatusForbidden, "cross_origin")
			foreign := app.Do(http.MethodPost, path, b.cookies(), junk, showing(b.csrf), authtest.Header("Sec-Fetch-Site", "cross-site"))
			wantRefusal(t, foreign, http.StatusForbidden, "cross_origin")
		}
		wantStatus(t, app.Do(http.MethodPost, "/logout/others", b.cookies(), junk, showing(b.csrf)), http.StatusOK)
	}
}

// The token of an invitation or a search for "jwt" is the application's own.
func TestOnlyATokenOfThisApplicationIsRefusedInTheQuery(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	for _, name := range []string{"access_token", "refresh_token", "token", "jwt"} {
		for _, value := range append(junkTokens(t, tokens.AccessToken)[1:3], tokens.AccessToken, tokens.RefreshToken, "rt1_x") {
			for _, query := range []string{name + "=" + value, "a=b&" + name + "=1&" + name + "=" + value} {
				wantRefusal(t, app.Get("/protected?"+query, tokens.AccessToken), http.StatusBadRequest, "invalid_request")
			}
		}
		for _, value := range []string{"", "x", "1.2.3", "10.20.30", "a.b.c", "invite-17"} {
			wantStatus(t, app.Get("/protected?"+name+"="+value, tokens.AccessToken), http.StatusOK)
		}
	}
	wantStatus(t, app.Get("/protected?other="+tokens.AccessToken, tokens.AccessToken), http.StatusOK)
}

// A deploy switches CSRFToken on. The browsers that are logged in have no token to show.
func TestABrowserFromBeforeCSRFTokenGetsOneWithItsFirstRefusal(t *testing.T) {
	for name, path := range map[string]string{"refresh": "/refresh", "logout": "/logout", "a form": "/protected/password"} {
		t.Run(name, func(t *testing.T) {
			before, access, refresh := cookieApp(t)
			after := authtest.On(t, before.Clock, before.Store, withCSRF)
			cookies := authtest.Header("Cookie", accessCookie+"="+access+"; "+refreshCookie+"="+refresh)
			refused := after.Do(http.MethodPost, path, cookies)
			wantRefusal(t, refused, http.StatusForbidden, "cross_origin")
			csrf := setCookie(t, refused, csrfCookie)
			if csrf.HttpOnly || !csrf.Secure || csrf.SameSite != http.SameSiteStrictMode || csrf.MaxAge != int(168*time.Hour/time.Second) || len(refused.Header["Set-Cookie"]) != 1 {
				t.Errorf("cookies: %v", refused.Header["Set-Cookie"])
			}
			browser := authtest.Header("Cookie", accessCookie+"="+access+"; "+refreshCookie+"="+refresh+"; "+csrfCookie+"="+csrf.Value)
			wantRefusal(t, after.Do(http.MethodPost, path, browser), http.StatusForbidden, "cross_origin") // the cookie alone proves nothing
			wantStatus(t, after.Do(http.MethodPost, path, browser, showing(csrf.Value)), http.StatusOK)
		})
	}
	// Another site, of which the browser tells, gets nothing set.
	before, _, refresh := cookieApp(t)
	after := authtest.On(t, before.Clock, before.Store, withCSRF)
	foreign := after.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.Header("Sec-Fetch-Site", "cross-site"))
	if foreign.Header["Set-Cookie"] != nil {
		t.Errorf("another site has cookies set: %v", foreign.Header["Set-Cookie"])
	}
}

// With CSRFToken a logout of leftovers cannot show a token. The application's own page may
// still have them deleted.
func TestLeftoversAreDeletedByTheLogoutOfThePageItself(t *testing.T) {
	app := authtest.New(t, withCSRF)
	junk := authtest.Header("Cookie", accessCookie+"=x; "+refreshCookie+"=y")
	out := app.Do(http.MethodPost, "/logout", junk, authtest.Header("Sec-Fetch-Site", "same-origin"))
	wantRefusal(t, out, http.StatusUnauthorized, "token_invalid")
	for _, cookie := range []string{accessCookie, refreshCookie, csrfCookie} {
		if setCookie(t, out, cookie).MaxAge >= 0 {
			t.Errorf("%s is not cleared", cookie)
		}
	}
	if silent := app.Do(http.MethodPost, "/logout", junk); silent.Header["Set-Cookie"] != nil {
		t.Errorf("nobody says where the request comes from, and cookies are deleted: %s", silent)
	}
}

// A refused token of the body says nothing about the browser's cookies.
func TestARefusedBodyDeletesNoCookies(t *testing.T) {
	for name, mode := range map[string]func(*ginauth.Config){"cookies": withCookies, "csrf": withCSRF} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, mode)
			reply := app.Do(http.MethodPost, "/refresh", authtest.Form(map[string]string{"refresh_token": "x"}))
			wantRefusal(t, reply, http.StatusUnauthorized, "invalid_grant")
			if reply.Header["Set-Cookie"] != nil {
				t.Errorf("deleted: %v", reply.Header["Set-Cookie"])
			}
		})
	}
}

// A safe method rotates nothing, wherever the handler is mounted.
func TestNoSafeMethodRotatesACookie(t *testing.T) {
	app, _, refresh := cookieApp(t)
	app.Engine.Any("/any/refresh", app.Auth.RefreshHandler)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		reply := app.Do(method, "/any/refresh", authtest.Cookie(refreshCookie, refresh))
		if reply.Status != http.StatusUnauthorized || reply.Header["Set-Cookie"] != nil {
			t.Errorf("%s: %s %v", method, reply, reply.Header["Set-Cookie"])
		}
	}
}
