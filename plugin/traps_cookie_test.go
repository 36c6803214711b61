package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// These traps concern cookies.

func TestTrap34_UnsafeCookiesAreRefused(t *testing.T) {
	config := goodConfig()
	config.JWT.SendCookie = true
	wantMistakes(t, config, "JWT.SecureCookie", "JWT.CookieHTTPOnly")
	sendCookie(&config)
	config.JWT.CookieDomain = "localhost:8080"
	wantMistakes(t, config, "JWT.CookieName", "JWT.CookieDomain")
	config.JWT.CookieDomain = ""
	config.JWT.CookieName = "a b"
	wantMistakes(t, config, "JWT.CookieName")
	config.JWT.CookieName = ""
	config.JWT.CookieMaxAge = -time.Second
	wantMistakes(t, config, "JWT.CookieMaxAge")
}

func TestTrap34_TheCookieIsStrictAndNeverOutlivesItsToken(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		want   string
	}{
		"default":     {func(*ginauth.Config) {}, "; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax"},
		"TimeoutFunc": {func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { return 5 * time.Minute } }, "; Path=/; Max-Age=300; HttpOnly; Secure; SameSite=Lax"},
		"MaxAge less": {func(c *ginauth.Config) { c.JWT.CookieMaxAge = time.Minute }, "; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		"MaxAge more": {func(c *ginauth.Config) { c.JWT.CookieMaxAge = time.Hour }, "; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax"},
		"strict, domain": {func(c *ginauth.Config) {
			c.JWT.CookieSameSite, c.JWT.CookieDomain = http.SameSiteStrictMode, "example.com"
		}, "; Path=/; Domain=example.com; Max-Age=900; HttpOnly; Secure; SameSite=Strict"},
		"insecure, by name": {func(c *ginauth.Config) {
			c.InsecureCookies, c.JWT.SecureCookie, c.JWT.CookieHTTPOnly = true, false, false
		}, "; Path=/; Max-Age=900; SameSite=Lax"},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, sendCookie, row.change)
			reply := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
			tokens := reply.Tokens(t)
			if got := reply.Header.Get("Set-Cookie"); got != "jwt="+tokens.AccessToken+row.want {
				t.Errorf("Set-Cookie: %s", got)
			}
			wantStatus(t, app.Do("GET", "/protected", authtest.Cookie("jwt", tokens.AccessToken)), http.StatusOK)
		})
	}
}

func TestTrap34_AnotherOriginCannotUseTheCookie(t *testing.T) {
	app := authtest.New(t, sendCookie)
	tokens := app.Login("user1")
	cookie := authtest.Cookie("jwt", tokens.AccessToken)
	for _, path := range []string{"/logout", "/logout/all", "/logout/others", "/refresh", "/login", "/protected/password"} {
		for name, header := range map[string]authtest.RequestOption{
			"cross-site": authtest.Header("Sec-Fetch-Site", "cross-site"), "same-site": authtest.Header("Sec-Fetch-Site", "same-site"),
			"foreign origin": authtest.Header("Origin", "https://evil.example"), "origin null": authtest.Header("Origin", "null"),
		} {
			t.Run(path+" "+name, func(t *testing.T) {
				wantRefusal(t, app.Do("POST", path, cookie, header), http.StatusForbidden, "cross_origin")
			})
		}
	}
	wantStatus(t, app.Do("GET", "/protected", cookie, authtest.Header("Sec-Fetch-Site", "cross-site")), http.StatusOK)
	wantStatus(t, app.Do("POST", "/protected/password", cookie, authtest.Header("Origin", "https://example.com")), http.StatusOK)
	wantStatus(t, app.Do("POST", "/logout", cookie), http.StatusOK) // no browser at all
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
}
