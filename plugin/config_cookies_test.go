package ginauth_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// A cookie hides its token from scripts; SendAuthorization would show it in every reply.
func TestNoReplyShowsScriptsTheTokenOfACookie(t *testing.T) {
	for name, cookies := range map[string]func(*ginauth.Config){
		"Cookies": withCookies, "SendCookie": sendCookie,
		"lookup": func(c *ginauth.Config) { c.JWT.TokenLookup = "header:Authorization,cookie:session" },
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			config.JWT.SendAuthorization = true
			cookies(&config)
			wantMistakes(t, config, "JWT.SendAuthorization")
		})
	}
}

// Otherwise every user would be called like the issuer.
func TestNoClaimOfThisPackageNamesTheUser(t *testing.T) {
	for _, name := range []string{"iss", "aud", "client_id", "act", "amr", "acr", "sid", "jti", "exp"} {
		config := goodConfig()
		config.JWT.IdentityKey = name
		wantMistakes(t, config, "JWT.IdentityKey")
	}
}

func TestTwoApplicationsOnOneHostHaveCookiesOfTheirOwn(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{Prefix: "staff_", CSRFToken: true} })
	reply := app.Do(http.MethodPost, "/login", password("user1"))
	for _, name := range []string{"access", "refresh", "csrf"} {
		setCookie(t, reply, "__Host-staff_"+name+"_token")
	}
	access := setCookie(t, reply, "__Host-staff_access_token").Value
	wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie("__Host-staff_access_token", access)), http.StatusOK)
	wantRefusal(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access)), http.StatusUnauthorized, "token_missing")
	others := authtest.Header("Cookie", "__Host-staff_refresh_token=x; "+refreshCookie+"=y")
	refused := app.Do(http.MethodPost, "/refresh", others)
	wantRefusal(t, refused, http.StatusUnauthorized, "invalid_grant")
	for _, cookie := range (&http.Response{Header: refused.Header}).Cookies() {
		if !strings.HasPrefix(cookie.Name, "__Host-staff_") {
			t.Errorf("the other application's cookie is deleted: %s", cookie.Raw)
		}
	}

	plain := authtest.New(t, func(c *ginauth.Config) { c.Cookies, c.InsecureCookies = &ginauth.Cookies{Prefix: "staff_"}, true })
	setCookie(t, plain.Do(http.MethodPost, "/login", password("user1")), "staff_access_token")
	for _, wrong := range []string{"a b", "a=", "ü", "__Host-", "__Secure-", strings.Repeat("x", 65)} {
		config := goodConfig()
		config.Cookies = &ginauth.Cookies{Prefix: wrong}
		wantMistakes(t, config, "Cookies.Prefix")
	}
}

// However an application holds its Config, printing it shows no key.
func TestAConfigInsideAnotherStructShowsNoKey(t *testing.T) {
	config := goodConfig()
	config.PreviousKeys = [][]byte{[]byte("previous-" + authtest.Secret)}
	config.RefreshKeys = [][]byte{[]byte(strings.Repeat("refresh!", 5))}
	type embedded struct {
		ginauth.Config
		Name string
	}
	type pointer struct{ *ginauth.Config }
	values := []any{
		embedded{config, "x"}, &embedded{config, "x"}, pointer{&config}, struct{ C *ginauth.Config }{&config},
		[]ginauth.Config{config}, map[string]*ginauth.Config{"a": &config}, []any{&config}, slog.Group("g", "c", config),
		fmt.Errorf("no good: %+v", config),
	}
	text := printed(values...)
	for _, secret := range [][]byte{config.JWT.Key, config.PreviousKeys[0], config.RefreshKeys[0]} {
		for _, spelling := range spellings(secret) {
			if strings.Contains(text, spelling) {
				t.Errorf("%.12q... is printed", spelling)
			}
		}
	}
	if !strings.Contains(text, "ginauth.Config{") {
		t.Error("nothing is printed")
	}
}
