package ginauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

const csrfCookie = "__Host-csrf_token"

func withCSRF(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{CSRFToken: true} }

// browser holds what a browser keeps of one login.
type browser struct{ access, refresh, csrf string }

func browserOf(t *testing.T, reply authtest.Reply) browser {
	t.Helper()
	wantStatus(t, reply, http.StatusOK)
	return browser{
		setCookie(t, reply, accessCookie).Value, setCookie(t, reply, refreshCookie).Value, setCookie(t, reply, csrfCookie).Value,
	}
}

func loginInBrowser(t *testing.T, app *authtest.App, name string) browser {
	t.Helper()
	return browserOf(t, app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": name, "password": authtest.Passwords[name]})))
}

// cookies are the cookies that the browser sends by itself.
func (b browser) cookies() authtest.RequestOption {
	return authtest.Header("Cookie", accessCookie+"="+b.access+"; "+refreshCookie+"="+b.refresh+"; "+csrfCookie+"="+b.csrf)
}

func showing(token string) authtest.RequestOption {
	return authtest.Header(ginauth.CSRFHeader, token)
}

var unsafePaths = []string{"/refresh", "/logout", "/logout/all", "/logout/others", "/protected/password"}

// A body that cannot match the cookies of any session is refused before the CSRF token is
// checked. This must not delete the cookies.
func TestNoRequestWithoutTheTokenDeletesCookies(t *testing.T) {
	app := authtest.New(t, withCSRF)
	victim, other := loginInBrowser(t, app, "user1"), loginInBrowser(t, app, "user1")
	for name, inBody := range map[string]string{"junk": "x", "another session's": other.refresh} {
		body := authtest.Form(map[string]string{"refresh_token": inBody})
		if reply := app.Do(http.MethodPost, "/logout", victim.cookies(), body); reply.Header["Set-Cookie"] != nil {
			t.Errorf("%s: %s, cookies touched", name, reply)
		}
	}
	wantStatus(t, app.Do(http.MethodGet, "/protected", victim.cookies()), http.StatusOK)
}

func TestCookiesAloneAreRefusedWithoutTheTokenOfTheirSession(t *testing.T) {
	app := authtest.New(t, withCSRF)
	victim, thief := loginInBrowser(t, app, "user1"), loginInBrowser(t, app, "user1")
	last := "A"
	if strings.HasSuffix(victim.csrf, last) {
		last = "E"
	}
	for name, token := range map[string]string{
		"none":            "",
		"junk":            "x",
		"another session": thief.csrf,
		"one bit changed": victim.csrf[:len(victim.csrf)-1] + last,
		"cut short":       victim.csrf[:len(victim.csrf)-4],
		"padded":          victim.csrf + "=",
		"the session":     "AAAA",
	} {
		for _, path := range unsafePaths {
			reply := app.Do(http.MethodPost, path, victim.cookies(), showing(token))
			wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
			if reply.Header["Set-Cookie"] != nil {
				t.Errorf("%s: %s touches the cookies", name, path)
			}
		}
	}
	wantStatus(t, app.Do(http.MethodGet, "/protected", victim.cookies()), http.StatusOK) // safe
	for _, path := range []string{"/protected/password", "/logout/others"} {
		wantStatus(t, app.Do(http.MethodPost, path, victim.cookies(), showing(victim.csrf)), http.StatusOK)
	}
	next := browserOf(t, app.Do(http.MethodPost, "/refresh", victim.cookies(), showing(victim.csrf)))
	if next.csrf == victim.csrf {
		t.Error("the same token again")
	}
	// The CSRF tokens of one session are interchangeable.
	wantStatus(t, app.Do(http.MethodPost, "/protected/password", next.cookies(), showing(victim.csrf)), http.StatusOK)
	wantStatus(t, app.Do(http.MethodPost, "/logout", next.cookies(), showing(next.csrf)), http.StatusOK)
	wantRefusal(t, app.Get("/protected", next.access), http.StatusUnauthorized, "token_revoked")
}

// Another site can neither write the header nor read a token to put into the body.
func TestTokensOutsideCookiesNeedNoCSRFToken(t *testing.T) {
	app := authtest.New(t, withCSRF)
	b := loginInBrowser(t, app, "user1")
	wantStatus(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(b.access)), http.StatusOK)
	wantStatus(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(b.access), b.cookies()), http.StatusOK)
	next := browserOf(t, app.Do(http.MethodPost, "/refresh", b.cookies(), authtest.JSON(map[string]string{"refresh_token": b.refresh})))
	wantRefusal(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(next.access), next.cookies()), http.StatusForbidden, "cross_origin") // the refresh token came by cookie
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(next.access)), http.StatusOK)
}

func TestTheCSRFFieldOfAFormCountsWhenSwitchedOn(t *testing.T) {
	form := func(token string) authtest.RequestOption {
		return authtest.Form(map[string]string{"csrf": token, "x": "y"})
	}
	off := authtest.New(t, withCSRF)
	b := loginInBrowser(t, off, "user1")
	wantRefusal(t, off.Do(http.MethodPost, "/logout", b.cookies(), form(b.csrf)), http.StatusForbidden, "cross_origin")

	on := authtest.New(t, withCSRF, func(c *ginauth.Config) { c.Cookies.CSRFField = "csrf" })
	b = loginInBrowser(t, on, "user1")
	wantRefusal(t, on.Do(http.MethodPost, "/logout", b.cookies(), form("x")), http.StatusForbidden, "cross_origin")
	wantRefusal(t, on.Do(http.MethodPost, "/logout", b.cookies(), authtest.JSON(map[string]string{"csrf": b.csrf})), http.StatusForbidden, "cross_origin")
	huge := authtest.Form(map[string]string{"csrf": b.csrf, "x": strings.Repeat("y", ginauth.MaxBody)})
	wantRefusal(t, on.Do(http.MethodPost, "/protected/password", b.cookies(), huge), http.StatusRequestEntityTooLarge, "too_large")
	wantStatus(t, on.Do(http.MethodPost, "/logout", b.cookies(), form(b.csrf)), http.StatusOK)
}

func TestCSRFTokensFollowTheKeys(t *testing.T) {
	first, second := mustKey(keys.HMAC("", []byte(oldSecret))), mustKey(keys.HMAC("", []byte(newSecret)))
	ring, err := keys.NewRing(first)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, withCSRF, func(c *ginauth.Config) { c.JWT.Key, c.Keys = nil, ring })
	b := loginInBrowser(t, app, "user1")
	if err := ring.Replace(second, first); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, app.Do(http.MethodPost, "/protected/password", b.cookies(), showing(b.csrf)), http.StatusOK)
	next := browserOf(t, app.Do(http.MethodPost, "/refresh", b.cookies(), showing(b.csrf)))
	if err := ring.Replace(second); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, app.Do(http.MethodPost, "/logout", next.cookies(), showing(b.csrf)), http.StatusForbidden, "cross_origin")
	wantStatus(t, app.Do(http.MethodPost, "/logout", next.cookies(), showing(next.csrf)), http.StatusOK)
}

func TestAPageGetsATokenForItsForms(t *testing.T) {
	app := authtest.New(t, withCSRF)
	b := loginInBrowser(t, app, "user1")
	engine := gin.New()
	engine.GET("/page", app.Auth.Optional(), func(c *gin.Context) { c.String(http.StatusOK, app.Auth.CSRFToken(c)) })
	if reply := authtest.Serve(t, engine, http.MethodGet, "/page"); len(reply.Body) != 0 {
		t.Errorf("a stranger gets %s", reply.Body)
	}
	reply := authtest.Serve(t, engine, http.MethodGet, "/page", b.cookies())
	wantStatus(t, app.Do(http.MethodPost, "/logout", b.cookies(), showing(string(reply.Body))), http.StatusOK)
	plain, _, _ := cookieApp(t)
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	if token := plain.Auth.CSRFToken(c); token != "" {
		t.Errorf("switched off: %s", token)
	}
}

// A cookie must be deleted with the attributes it was set with, or the browser keeps it.
func TestCookiesAreDeletedWithTheAttributesTheyWereSetWith(t *testing.T) {
	for name, mode := range map[string]func(*ginauth.Config){
		"cookies": withCookies, "csrf": withCSRF,
		"insecure": func(c *ginauth.Config) { c.Cookies, c.InsecureCookies = &ginauth.Cookies{CSRFToken: true}, true },
		"gin-jwt": func(c *ginauth.Config) {
			c.JWT.SendCookie, c.JWT.SecureCookie, c.JWT.CookieHTTPOnly = true, true, true
			c.JWT.CookieDomain, c.JWT.CookieName, c.JWT.CookieSameSite = "example.com", "session", http.SameSiteStrictMode
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, mode)
			reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
			cookies := (&http.Response{Header: reply.Header}).Cookies()
			if len(cookies) == 0 {
				t.Fatal("no cookies")
			}
			var kept []string
			var csrf string
			for _, set := range cookies {
				kept = append(kept, set.Name+"="+set.Value)
				if strings.HasSuffix(set.Name, "csrf_token") {
					csrf = set.Value
				}
			}
			for _, set := range cookies {
				reply := app.Do(http.MethodPost, "/logout", authtest.Header("Cookie", strings.Join(kept, "; ")), showing(csrf))
				deleted := *setCookie(t, reply, set.Name)
				if deleted.Value != "" || deleted.MaxAge >= 0 {
					t.Errorf("not deleted: %s", deleted.Raw)
				}
				deleted.Value, deleted.MaxAge = set.Value, set.MaxAge
				if got, want := deleted.String(), set.String(); got != want {
					t.Errorf("deleted as %s, set as %s", got, want)
				}
				if len(set.Raw) > 4096 {
					t.Errorf("%s has %d bytes", set.Name, len(set.Raw))
				}
			}
		})
	}
	app := authtest.New(t, withCSRF)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	if c := setCookie(t, reply, csrfCookie); c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("attributes: %s", c.Raw)
	}
}

func TestCSRFMistakes(t *testing.T) {
	config := goodConfig()
	config.Cookies = &ginauth.Cookies{CSRFField: "csrf"}
	wantMistakes(t, config, "Cookies.CSRFField")
	config = goodConfig()
	config.Cookies, config.JWT.Key = &ginauth.Cookies{CSRFToken: true}, nil
	config.Keys, _ = keys.NewRing(mustKey(keys.ParsePEM(rsaOurs().public, "")))
	wantMistakes(t, config, "Cookies.CSRFToken")
}

func FuzzCSRFToken(f *testing.F) {
	app := authtest.New(f, withCSRF)
	reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	var cookies, good string
	for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
		cookies += cookie.Name + "=" + cookie.Value + "; "
		if cookie.Name == csrfCookie {
			good = cookie.Value
		}
	}
	f.Add("")
	f.Add(good[:63])
	f.Add(good + "A")
	f.Add(strings.Repeat("A", 64))
	f.Fuzz(func(t *testing.T, token string) {
		want := http.StatusForbidden
		if token == good {
			want = http.StatusOK
		}
		if got := authtest.Serve(t, app.Engine, http.MethodPost, "/protected/password", authtest.Header("Cookie", cookies), showing(token)).Status; got != want {
			t.Errorf("%q: %d, want %d", token, got, want)
		}
	})
}
