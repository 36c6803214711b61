package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// S63: neither handler obeys cookies when mounted on GET, as gin-jwt's README does.
func TestSafeMethodsChangeNothingByCookie(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app := authtest.On(t, clock, store, withCookies)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	refresh := setCookie(t, reply, refreshCookie).Value
	engine := gin.New()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		engine.Handle(method, "/refresh", app.Auth.RefreshHandler)
		engine.Handle(method, "/logout", app.Auth.LogoutHandler)
		for _, path := range []string{"/refresh", "/logout"} {
			got := authtest.Serve(t, engine, method, path, authtest.Cookie(refreshCookie, refresh), opening("same-origin"))
			want := map[string]int{"/refresh": http.StatusUnauthorized, "/logout": http.StatusForbidden}[path]
			if got.Status != want {
				t.Errorf("%s %s: %d", method, path, got.Status)
			}
			for name := range got.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s: %s", method, path, name)
				}
			}
		}
	}
	if n := store.Calls(authtest.Rotate) + store.Calls(authtest.Revoke); n != 0 {
		t.Errorf("%d changes", n)
	}
	app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh))
	if n := store.Calls(authtest.Rotate); n != 1 {
		t.Errorf("POST rotates %d times", n)
	}
}
