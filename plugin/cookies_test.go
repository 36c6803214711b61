package ginauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

const (
	accessCookie  = "__Host-access_token"
	refreshCookie = "__Host-refresh_token"
)

func withCookies(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{} }

// cookieApp logs user1 in and returns the values of the two cookies.
func cookieApp(t *testing.T) (app *authtest.App, access, refresh string) {
	t.Helper()
	app = authtest.New(t, withCookies)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	wantStatus(t, reply, http.StatusOK)
	return app, setCookie(t, reply, accessCookie).Value, setCookie(t, reply, refreshCookie).Value
}

func setCookie(t *testing.T, reply authtest.Reply, name string) *http.Cookie {
	t.Helper()
	for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
		if cookie.Name == name {
			return cookie
		}
	}
	t.Fatalf("no cookie %s in %v", name, reply.Header["Set-Cookie"])
	return nil
}

func TestInCookieModeNoTokenIsInABody(t *testing.T) {
	app := authtest.New(t, withCookies)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	for range 2 {
		wantStatus(t, reply, http.StatusOK)
		if names := strings.Join(reply.Names(), " "); names != "expires_in refresh_expires_in session_id token_type" {
			t.Errorf("members: %s", names)
		}
		access, refresh := setCookie(t, reply, accessCookie), setCookie(t, reply, refreshCookie)
		for _, cookie := range []*http.Cookie{access, refresh} {
			if !cookie.HttpOnly || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" {
				t.Errorf("attributes: %s", cookie.Raw)
			}
		}
		if access.SameSite != http.SameSiteLaxMode || refresh.SameSite != http.SameSiteStrictMode {
			t.Errorf("SameSite: %s; %s", access.Raw, refresh.Raw)
		}
		if access.MaxAge != int(authtest.Timeout/time.Second) || refresh.MaxAge != int(168*time.Hour/time.Second) {
			t.Errorf("Max-Age %d and %d", access.MaxAge, refresh.MaxAge)
		}
		wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access.Value)), http.StatusOK)
		wantStatus(t, app.Get("/protected", access.Value), http.StatusOK)
		reply = app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh.Value))
	}
}

func TestCookiesAreClearedWithTheSessionAndByARefusedRefresh(t *testing.T) {
	cleared := func(t *testing.T, reply authtest.Reply) {
		t.Helper()
		for _, name := range []string{accessCookie, refreshCookie} {
			cookie := setCookie(t, reply, name)
			if cookie.MaxAge >= 0 || cookie.Value != "" || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" {
				t.Errorf("not cleared: %s", cookie.Raw)
			}
		}
	}
	t.Run("logout", func(t *testing.T) {
		app, _, refresh := cookieApp(t)
		reply := app.Do(http.MethodPost, "/logout", authtest.Cookie(refreshCookie, refresh))
		wantStatus(t, reply, http.StatusOK)
		cleared(t, reply)
		refused := app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh))
		wantRefusal(t, refused, http.StatusUnauthorized, "invalid_grant")
		cleared(t, refused)
	})
	t.Run("logout everywhere", func(t *testing.T) {
		app, access, _ := cookieApp(t)
		reply := app.Do(http.MethodPost, "/logout/all", authtest.Cookie(accessCookie, access))
		wantStatus(t, reply, http.StatusOK)
		cleared(t, reply)
	})
	t.Run("logout with the store down", func(t *testing.T) {
		clock := authtest.NewClock()
		faulty := authtest.NewFaulty(authtest.New(t).Store)
		app := authtest.On(t, clock, faulty, withCookies)
		reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
		access := setCookie(t, reply, accessCookie).Value
		faulty.Fail(session.ErrUnavailable)
		refused := app.Do(http.MethodPost, "/logout", authtest.Cookie(accessCookie, access))
		wantRefusal(t, refused, http.StatusServiceUnavailable, "unavailable")
		cleared(t, refused)
	})
}

func TestAnotherOriginCannotUseTheCookies(t *testing.T) {
	app, access, refresh := cookieApp(t)
	both := authtest.Header("Cookie", accessCookie+"="+access+"; "+refreshCookie+"="+refresh)
	for name, headers := range map[string][2]string{
		"cross-site":     {"Sec-Fetch-Site", "cross-site"},
		"same-site":      {"Sec-Fetch-Site", "same-site"},
		"foreign origin": {"Origin", "https://evil.example"},
		"null origin":    {"Origin", "null"},
		"other port":     {"Origin", "https://example.com:8443"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/login", "/refresh", "/logout", "/logout/all", "/logout/others", "/protected/password"} {
				reply := app.Do(http.MethodPost, path, both, authtest.Header(headers[0], headers[1]))
				wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
				if reply.Header["Set-Cookie"] != nil {
					t.Errorf("%s: cookies touched: %v", path, reply.Header["Set-Cookie"])
				}
			}
			// A browser withholds the cookies from another site's form, but would accept those
			// of the reply.
			form := authtest.Form(map[string]string{"username": "user2", "password": authtest.Passwords["user2"], "refresh_token": "x"})
			for path, word := range map[string]string{"/login": "cross_origin", "/logout": "invalid_grant", "/refresh": "cross_origin"} {
				reply := app.Do(http.MethodPost, path, form, authtest.Header(headers[0], headers[1]))
				if reply.Word() != word || reply.Header["Set-Cookie"] != nil {
					t.Errorf("%s without cookies: %s, cookies touched: %v", path, reply, reply.Header["Set-Cookie"])
				}
			}
			wantRefusal(t, app.Do(http.MethodPost, "/logout", authtest.Header(headers[0], headers[1])), http.StatusUnauthorized, "token_missing")
			// Safe methods are allowed.
			wantStatus(t, app.Do(http.MethodGet, "/protected", both, authtest.Header(headers[0], headers[1])), http.StatusOK)
		})
	}
	for name, headers := range map[string][2]string{
		"same-origin": {"Sec-Fetch-Site", "same-origin"},
		"typed in":    {"Sec-Fetch-Site", "none"},
		"own origin":  {"Origin", "https://example.com"},
		"neither":     {"X-Other", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			reply := app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.Header(headers[0], headers[1]))
			wantStatus(t, reply, http.StatusOK)
		})
	}
}

func TestTwoDifferentTokensAreRefusedWhateverCarriesThem(t *testing.T) {
	app, access, refresh := cookieApp(t)
	_, foreign, foreignRefresh := cookieApp(t)
	body := authtest.JSON(map[string]string{"refresh_token": foreignRefresh})
	for name, reply := range map[string]authtest.Reply{
		"header and cookie":  app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access), authtest.Bearer(foreign)),
		"two cookies":        app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access), authtest.Cookie(accessCookie, foreign)),
		"body and cookie":    app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), body),
		"refresh with two":   app.Do(http.MethodPost, "/refresh", authtest.Bearer(access), authtest.Bearer(foreign), body),
		"logout":             app.Do(http.MethodPost, "/logout", authtest.Cookie(refreshCookie, refresh), body),
		"login":              app.Do(http.MethodPost, "/login", authtest.Cookie(refreshCookie, refresh), body),
		"two refresh cookie": app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.Cookie(refreshCookie, foreignRefresh)),
	} {
		t.Run(name, func(t *testing.T) { wantRefusal(t, reply, http.StatusBadRequest, "invalid_request") })
	}
	same := app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access), authtest.Bearer(access))
	wantStatus(t, same, http.StatusOK)
}

func TestWithoutCookieModeCookiesAreNotRead(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	for _, name := range []string{accessCookie, "access_token", "jwt"} {
		wantRefusal(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(name, tokens.AccessToken)), http.StatusUnauthorized, "token_missing")
	}
	for _, name := range []string{refreshCookie, "refresh_token"} {
		wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Cookie(name, tokens.RefreshToken)), http.StatusUnauthorized, "token_missing")
	}
}

func TestALoginEndsTheSessionOfItsCookies(t *testing.T) {
	app, access, refresh := cookieApp(t)
	app.Login("user1", authtest.Cookie(refreshCookie, refresh))
	wantRefusal(t, app.Get("/protected", access), http.StatusUnauthorized, "token_revoked")
}

func TestInsecureCookiesArePlain(t *testing.T) {
	app := authtest.New(t, withCookies, func(c *ginauth.Config) { c.InsecureCookies = true })
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	for _, name := range []string{"access_token", "refresh_token"} {
		if cookie := setCookie(t, reply, name); cookie.Secure || !cookie.HttpOnly {
			t.Errorf("attributes: %s", cookie.Raw)
		}
	}
}

func TestCookiesAndSendCookieExcludeEachOther(t *testing.T) {
	config := goodConfig()
	config.Cookies, config.JWT.SendCookie = &ginauth.Cookies{}, true
	wantMistakes(t, config, "Cookies") // and no advice about the attributes of SendCookie
}
