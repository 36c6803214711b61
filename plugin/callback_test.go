package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// callback mounts the route to which an identity provider sends the browser back. It logs user1
// in and sends the browser on to a page.
func callback(app *authtest.App) {
	app.Engine.GET("/callback", func(c *gin.Context) {
		tokens, err := app.Auth.Login(c, authtest.UserNamed("user1"))
		if err != nil {
			app.Auth.Refuse(c, err)
			return
		}
		app.Auth.SetCookies(c, tokens)
		c.Redirect(http.StatusSeeOther, "/home")
	})
}

// sentBack is what a browser sends when another site redirects it here.
func sentBack(r *http.Request) {
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
}

func TestACallbackRedirectCarriesTheCookies(t *testing.T) {
	app := authtest.New(t, withCSRF)
	callback(app)
	reply := app.Do(http.MethodGet, "/callback?code=x&state=y", sentBack)
	wantStatus(t, reply, http.StatusSeeOther)
	if reply.Header.Get("Location") != "/home" || reply.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", reply.Header)
	}
	b := browser{setCookie(t, reply, accessCookie).Value, setCookie(t, reply, refreshCookie).Value, setCookie(t, reply, csrfCookie).Value}
	if n := len(reply.Header["Set-Cookie"]); n != 3 {
		t.Errorf("%d cookies", n)
	}
	if strings.Contains(string(reply.Body), b.access) || strings.Contains(string(reply.Body), "rt1_") {
		t.Errorf("a token is in the body: %s", reply.Body)
	}
	wantStatus(t, app.Do(http.MethodGet, "/protected", b.cookies()), http.StatusOK)
	renewed := app.Do(http.MethodPost, "/refresh", b.cookies(), showing(b.csrf))
	wantStatus(t, renewed, http.StatusOK)
	wantStatus(t, app.Do(http.MethodPost, "/logout", browserOf(t, renewed).cookies(), showing(b.csrf)), http.StatusOK)
}

// Without an Auth's cookies there is nothing to set, and the reply is the application's alone.
func TestSetCookiesSetsWhatIsConfigured(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		want   string
	}{
		"none":       {func(*ginauth.Config) {}, ""},
		"Cookies":    {withCookies, "__Host-access_token __Host-refresh_token"},
		"SendCookie": {func(c *ginauth.Config) { c.JWT.SendCookie, c.JWT.SecureCookie, c.JWT.CookieHTTPOnly = true, true, true }, "jwt"},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, row.change)
			callback(app)
			reply := app.Do(http.MethodGet, "/callback", sentBack)
			var names []string
			for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
				names = append(names, cookie.Name)
			}
			if got := strings.Join(names, " "); got != row.want {
				t.Errorf("cookies %q, want %q", got, row.want)
			}
			if kept := reply.Header.Get("Cache-Control") != ""; kept != (row.want != "") {
				t.Errorf("Cache-Control %q", reply.Header.Get("Cache-Control"))
			}
		})
	}
}

// gin-jwt projects put the user into the context and called the login handler on the callback
// route, which has no name to count by. Login needs none.
func TestALoginOnACallbackRouteWorksBesideALoginLimit(t *testing.T) {
	app := authtest.New(t, withCookies, throttled(t), func(c *ginauth.Config) {
		authenticate := c.JWT.Authenticator
		c.JWT.Authenticator = func(c *gin.Context) (any, error) {
			if user, ok := c.Get("user"); ok {
				return user, nil
			}
			return authenticate(c)
		}
	})
	app.Engine.GET("/smuggled", func(c *gin.Context) { c.Set("user", authtest.UserNamed("user1")) }, app.Auth.LoginHandler)
	callback(app)
	wantRefusal(t, app.Do(http.MethodGet, "/smuggled", sentBack), http.StatusBadRequest, "invalid_request")
	wantStatus(t, app.Do(http.MethodGet, "/callback", sentBack), http.StatusSeeOther)
}
