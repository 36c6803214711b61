package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// readsItsCookie is gin-jwt's cookie mode, as its README has it.
func readsItsCookie(c *ginauth.Config) { ginJWTCookie("header: Authorization, cookie: jwt")(c) }

// A page that keeps nothing itself and sends its cookie goes on without a change.
func TestACookieOnlyPageRefreshes(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		t.Run(method, func(t *testing.T) {
			app := oldClient(t, readsItsCookie, accessRefresh(24*time.Hour))
			app.Engine.POST("/refresh_token", app.Auth.RefreshHandler)
			last := app.Do(http.MethodPost, "/login", password("user1"))
			for range 5 {
				app.Clock.Add(10 * time.Hour)
				wantRefusal(t, app.Do(http.MethodGet, "/protected", kept(last)), http.StatusUnauthorized, "token_expired")
				last = app.Do(method, "/refresh_token", kept(last))
				wantStatus(t, last, http.StatusOK)
				wantStatus(t, app.Do(http.MethodGet, "/protected", kept(last)), http.StatusOK)
			}
			wantStatus(t, app.Do(http.MethodPost, "/logout", kept(last)), http.StatusOK)
			refused := app.Do(method, "/refresh_token", kept(last))
			wantRefusal(t, refused, http.StatusUnauthorized, "token_revoked")
			if cookie := setCookie(t, refused, "jwt"); cookie.MaxAge >= 0 {
				t.Errorf("the cookie stays: %v", cookie)
			}
		})
	}
}

// The browser must still have the cookie when its token has expired.
func TestACookieLivesAsLongAsItsTokenRefreshes(t *testing.T) {
	seconds := func(d time.Duration) int { return int(d.Seconds()) }
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		want   int
	}{
		"off":                   {func(c *ginauth.Config) { c.AccessRefresh = nil }, seconds(authtest.Timeout)},
		"off, a longer cookie":  {func(c *ginauth.Config) { c.AccessRefresh, c.JWT.CookieMaxAge = nil, 48*time.Hour }, seconds(authtest.Timeout)},
		"on":                    {accessRefresh(24 * time.Hour), seconds(authtest.Timeout + 24*time.Hour)},
		"on, no expired tokens": {accessRefresh(0), seconds(authtest.Timeout)},
		"CookieMaxAge":          {func(c *ginauth.Config) { c.JWT.CookieMaxAge = 2 * time.Hour }, seconds(2 * time.Hour)},
		"a short CookieMaxAge":  {func(c *ginauth.Config) { c.JWT.CookieMaxAge = time.Minute }, 60},
		"a short session":       {func(c *ginauth.Config) { c.SessionIdleTTL, c.JWT.CookieMaxAge = time.Hour, 48*time.Hour }, seconds(time.Hour)},
		"a bound beyond it":     {func(c *ginauth.Config) { c.SessionIdleTTL = time.Hour; accessRefresh(1 << 62)(c) }, seconds(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			app := oldClient(t, readsItsCookie, row.change)
			if got := setCookie(t, app.Do(http.MethodPost, "/login", password("user1")), "jwt").MaxAge; got != row.want {
				t.Errorf("Max-Age %d, want %d", got, row.want)
			}
		})
	}
}

func TestALinkOfAnotherSiteRefreshesNothing(t *testing.T) {
	app := oldClient(t, readsItsCookie)
	app.Engine.POST("/refresh_token", app.Auth.RefreshHandler)
	login := app.Do(http.MethodPost, "/login", password("user1"))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for name, header := range foreign {
			refused := app.Do(method, "/refresh_token", kept(login), header)
			if refused.Status != http.StatusForbidden || refused.Word() != "cross_origin" || len(refused.Header["Set-Cookie"]) != 0 {
				t.Errorf("%s, %s: %s", method, name, refused)
			}
			// No other site can write a header.
			wantStatus(t, app.Do(method, "/refresh_token", authtest.Bearer(setCookie(t, login, "jwt").Value), header), http.StatusOK)
		}
		wantStatus(t, app.Do(method, "/refresh_token", kept(login), authtest.Header("Sec-Fetch-Site", "same-origin")), http.StatusOK)
	}
}
