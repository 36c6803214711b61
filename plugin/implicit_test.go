package ginauth_test

import (
	"net/http"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func withImplicit(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{ImplicitRefresh: true} }

// opening sets the headers of a browser that navigates to a page.
func opening(site string) authtest.RequestOption {
	return func(r *http.Request) {
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Set("Sec-Fetch-Mode", "navigate")
	}
}

func open(app *authtest.App, path, refresh string, options ...authtest.RequestOption) authtest.Reply {
	options = append(options, authtest.Cookie(refreshCookie, refresh))
	return app.Do(http.MethodGet, path, append([]authtest.RequestOption{opening("same-origin")}, options...)...)
}

func implicitApp(t *testing.T, changes ...func(*ginauth.Config)) (app *authtest.App, store *authtest.Faulty, access, refresh string) {
	t.Helper()
	clock := authtest.NewClock()
	store = authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app = authtest.On(t, clock, store, append([]func(*ginauth.Config){withImplicit}, changes...)...)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	wantStatus(t, reply, http.StatusOK)
	return app, store, setCookie(t, reply, accessCookie).Value, setCookie(t, reply, refreshCookie).Value
}

func TestAPageIsServedWithTheRefreshCookie(t *testing.T) {
	for name, option := range map[string]func(access string) authtest.RequestOption{
		"no access cookie": func(string) authtest.RequestOption { return authtest.Header("X", "y") },
		"an expired one":   func(access string) authtest.RequestOption { return authtest.Cookie(accessCookie, access) },
		"typed in":         func(string) authtest.RequestOption { return opening("none") },
	} {
		for path, identity := range map[string]string{"/protected": "user1", "/hello": ""} {
			t.Run(name+path, func(t *testing.T) {
				app, _, access, refresh := implicitApp(t)
				app.Clock.Add(authtest.Timeout)
				reply := open(app, path, refresh, option(access))
				wantStatus(t, reply, http.StatusOK)
				if got, _ := reply.Members()["identity"].(string); got != identity || path == "/hello" && reply.Members()["message"] != "Hello, user1" {
					t.Errorf("served: %s", reply)
				}
				if reply.Header.Get("Cache-Control") != "no-store" {
					t.Error("a page with tokens may be cached")
				}
				wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, setCookie(t, reply, accessCookie).Value)), http.StatusOK)
				wantStatus(t, app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, setCookie(t, reply, refreshCookie).Value)), http.StatusOK)
			})
		}
	}
}

func TestOnlyAPageThatTheUserOpensIsServedSo(t *testing.T) {
	app, store, access, refresh := implicitApp(t)
	second := setCookie(t, app.Do(http.MethodPost, "/login", password("user2")), refreshCookie).Value
	app.Clock.Add(authtest.Timeout)
	set := func(name, value string) authtest.RequestOption {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, reply := range map[string]authtest.Reply{
		"another site":       open(app, "/protected", refresh, set("Sec-Fetch-Site", "cross-site")),
		"a sibling":          open(app, "/protected", refresh, set("Sec-Fetch-Site", "same-site")),
		"a script":           open(app, "/protected", refresh, set("Sec-Fetch-Mode", "cors")),
		"an image":           open(app, "/protected", refresh, set("Sec-Fetch-Mode", "no-cors")),
		"a browser of old":   open(app, "/protected", refresh, set("Sec-Fetch-Site", ""), set("Sec-Fetch-Mode", "")),
		"prefetching":        open(app, "/protected", refresh, set("Sec-Purpose", "prefetch")),
		"prefetching of old": open(app, "/protected", refresh, set("Purpose", "prefetch")),
		"a token in header":  open(app, "/protected", refresh, authtest.Bearer(access)),
		"a form":             app.Do(http.MethodPost, "/protected/password", opening("same-origin"), authtest.Cookie(refreshCookie, refresh)),
		"two cookies":        open(app, "/protected", refresh, authtest.Cookie(refreshCookie, second)),
		"an invalid token":   open(app, "/protected", refresh, authtest.Cookie(accessCookie, "x")),
	} {
		if reply.Status == http.StatusOK || reply.Header["Set-Cookie"] != nil {
			t.Errorf("%s: %d, cookies %v", name, reply.Status, reply.Header["Set-Cookie"])
		}
	}
	off, _, offRefresh := cookieApp(t)
	wantRefusal(t, open(off, "/protected", offRefresh), http.StatusUnauthorized, "token_missing")
	if n := store.Calls(authtest.Rotate); n != 0 {
		t.Errorf("%d rotations", n)
	}
}

// Tabs that open at the same time share one successor: rule 3.
func TestTabsThatOpenAtOnceAdvanceOnce(t *testing.T) {
	app, _, _, refresh := implicitApp(t)
	app.Clock.Add(authtest.Timeout)
	replies := together(20, func(int) authtest.Reply { return open(app, "/protected", refresh) })
	successors := map[string]bool{}
	for _, reply := range replies {
		wantStatus(t, reply, http.StatusOK)
		successors[setCookie(t, reply, refreshCookie).Value] = true
	}
	sessions, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(sessions) != 1 || sessions[0].Generation != 2 || len(successors) != 1 {
		t.Errorf("%d successors, %+v, %v", len(successors), sessions, err)
	}
}

// Whichever reply arrives last, the browser's tokens are worthless after a logout.
func TestAnImplicitRefreshCannotUndoALogout(t *testing.T) {
	app, _, _, refresh := implicitApp(t)
	late := 0
	for range 200 {
		reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
		refresh = setCookie(t, reply, refreshCookie).Value
		replies := together(4, func(i int) authtest.Reply {
			if i == 0 {
				return app.Do(http.MethodPost, "/logout", authtest.Cookie(refreshCookie, refresh))
			}
			return open(app, "/protected", refresh)
		})
		wantStatus(t, replies[0], http.StatusOK)
		for _, reply := range replies[1:] {
			if reply.Status != http.StatusOK {
				continue
			}
			late++
			got := setCookie(t, reply, refreshCookie).Value
			wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, setCookie(t, reply, accessCookie).Value)), http.StatusUnauthorized)
			again := open(app, "/protected", got)
			wantRefusal(t, again, http.StatusUnauthorized, "token_missing")
			if c := setCookie(t, again, refreshCookie); c.MaxAge >= 0 {
				t.Errorf("dead cookies are not cleared: %s", c.Raw)
			}
			wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, got)), http.StatusUnauthorized, "invalid_grant")
		}
	}
	if sessions, err := app.Auth.Sessions(t.Context(), "user1"); err != nil || len(sessions) > 1 {
		t.Errorf("live after the logouts: %+v, %v", sessions, err)
	}
	t.Logf("%d pages were served before their logout", late)
}

// A session revoked between the rotation and the reply gets neither the page nor cookies.
func TestWhatIsRevokedDuringAnImplicitRefreshIsNotServed(t *testing.T) {
	var app *authtest.App
	app, _, _, refresh := implicitApp(t, reloadWith(func(s session.Session) (any, error) {
		_, err := app.Auth.RevokeSession(t.Context(), s.ID)
		return authtest.UserNamed(s.Subject), err
	}))
	reply := open(app, "/protected", refresh)
	wantRefusal(t, reply, http.StatusUnauthorized, "token_missing")
	if c := setCookie(t, reply, refreshCookie); c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("sent: %s", c.Raw)
	}
}

func TestADeadRefreshCookieMakesAStranger(t *testing.T) {
	app, store, _, refresh := implicitApp(t)
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Cookie(refreshCookie, refresh)), http.StatusOK)
	for path, status := range map[string]int{"/hello": http.StatusOK, "/protected": http.StatusUnauthorized} {
		reply := open(app, path, refresh)
		wantStatus(t, reply, status)
		if c := setCookie(t, reply, refreshCookie); c.MaxAge >= 0 {
			t.Errorf("not cleared: %s", c.Raw)
		}
	}
	// An outage says nothing about the cookie.
	store.Fail(session.ErrUnavailable)
	for _, path := range []string{"/hello", "/protected"} {
		reply := open(app, path, refresh)
		wantRefusal(t, reply, http.StatusServiceUnavailable, "unavailable")
		if reply.Header["Set-Cookie"] != nil {
			t.Errorf("%s touches the cookies", path)
		}
	}
}

func TestImplicitRefreshMistakes(t *testing.T) {
	config := goodConfig()
	config.Cookies, config.StrictRotation = &ginauth.Cookies{ImplicitRefresh: true}, true
	wantMistakes(t, config, "Cookies.ImplicitRefresh")
}
