package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// ginJWTCookie is gin-jwt's own cookie; lookup is where tokens are looked for.
func ginJWTCookie(lookup string) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		c.JWT.SendCookie, c.JWT.SecureCookie, c.JWT.CookieHTTPOnly = true, true, true
		c.JWT.TokenLookup = lookup
	}
}

// foreign are the headers by which a browser tells that another site's page sent a request.
var foreign = map[string]authtest.RequestOption{
	"cross-site":     authtest.Header("Sec-Fetch-Site", "cross-site"),
	"same-site":      authtest.Header("Sec-Fetch-Site", "same-site"),
	"foreign origin": authtest.Header("Origin", "https://evil.example"),
	"null origin":    authtest.Header("Origin", "null"),
}

// setsCookies are the modes in which a reply logs the browser in.
var setsCookies = map[string]func(*ginauth.Config){
	"cookie mode":                withCookies,
	"SendCookie":                 ginJWTCookie("header:Authorization"),
	"SendCookie that is read":    ginJWTCookie("header:Authorization, cookie:jwt"),
	"cookie mode, CSRF token on": func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{CSRFToken: true} },
}

// A page of another site posts the attacker's own credentials: the visitor would go on as the
// attacker, and tell him all that is typed in.
func TestForeignFormsLogNobodyIn(t *testing.T) {
	t.Parallel()
	form := authtest.Form(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	for mode, change := range setsCookies {
		app := authtest.New(t, change)
		for name, header := range foreign {
			t.Run(mode+"/"+name, func(t *testing.T) {
				reply := app.Do(http.MethodPost, "/login", form, header)
				wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
				if cookies := reply.Header["Set-Cookie"]; cookies != nil {
					t.Errorf("cookies %v", cookies)
				}
			})
		}
		wantStatus(t, app.Do(http.MethodPost, "/login", form, authtest.Header("Sec-Fetch-Site", "same-origin")), http.StatusOK)
		wantStatus(t, app.Do(http.MethodPost, "/login", form), http.StatusOK)
	}
}

// The attacker's refresh token in a foreign form is a login too. The victim's cookies need not
// come along.
func TestForeignFormsRefreshNobodyIn(t *testing.T) {
	t.Parallel()
	for mode, change := range setsCookies {
		app := authtest.New(t, change)
		login := app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]))
		wantStatus(t, login, http.StatusOK)
		refresh := login.Tokens(t).RefreshToken
		if refresh == "" {
			refresh = setCookie(t, login, refreshCookie).Value
		}
		form := authtest.Form(map[string]string{"refresh_token": refresh})
		for name, header := range foreign {
			t.Run(mode+"/"+name, func(t *testing.T) {
				reply := app.Do(http.MethodPost, "/refresh", form, header)
				wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
				if cookies := reply.Header["Set-Cookie"]; cookies != nil {
					t.Errorf("cookies %v", cookies)
				}
			})
		}
		wantStatus(t, app.Do(http.MethodPost, "/refresh", form), http.StatusOK)
	}
}

// What a page can send without asking first (the Fetch standard's simple requests) must not
// count: ten failures would lock out the visitor, and everybody behind the same address.
func TestForeignPagesSpendNoLoginAttempts(t *testing.T) {
	t.Parallel()
	limiter := &scriptedLimiter{}
	app := authtest.New(t, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
	for _, kind := range []string{"application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8", "multipart/form-data; boundary=x", "text/plain", "", ";"} {
		for name, header := range foreign {
			reply := app.Do(http.MethodPost, "/login", authtest.Body(kind, "username=user1&password=wrong"), header)
			if reply.Status != http.StatusForbidden || reply.Word() != "cross_origin" {
				t.Errorf("%q, %s: %s", kind, name, reply)
			}
		}
	}
	if heard := limiter.heard(); heard != "" {
		t.Errorf("counted: %s", heard)
	}
}

// In header mode a page of another origin may log in with JSON: the browser asks the
// application's CORS rules first.
func TestASinglePageApplicationOfAnotherOriginLogsInWithJSON(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, throttled(t))
	for _, header := range foreign {
		wantStatus(t, app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]), header), http.StatusOK)
	}
	form := authtest.Form(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	wantStatus(t, app.Do(http.MethodPost, "/login", form), http.StatusOK) // no browser
	wantStatus(t, app.Do(http.MethodPost, "/login", form, authtest.Header("Sec-Fetch-Site", "same-origin")), http.StatusOK)
}

// A link on any page is a GET with the cookies.
func TestNoLinkLogsAnybodyOut(t *testing.T) {
	t.Parallel()
	for mode, change := range setsCookies {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			app := authtest.New(t, change)
			login := app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]))
			wantStatus(t, login, http.StatusOK)
			var access, jar string
			for _, cookie := range (&http.Response{Header: login.Header}).Cookies() {
				jar += cookie.Name + "=" + cookie.Value + "; "
				if cookie.Name == accessCookie || cookie.Name == "jwt" {
					access = cookie.Value
				}
			}
			engine := gin.New()
			ending := map[string]gin.HandlerFunc{
				"/logout": app.Auth.LogoutHandler, "/logout/all": app.Auth.LogoutAllHandler, "/logout/others": app.Auth.LogoutOthersHandler,
				"/sessions/:id": app.Auth.DeleteSessionHandler,
			}
			for path, handler := range ending {
				engine.GET(path, handler)
				engine.GET("/behind"+path, app.Auth.MiddlewareFunc(), handler)
			}
			for path := range ending {
				for _, prefix := range []string{"", "/behind"} {
					reply := authtest.Serve(t, engine, http.MethodGet, prefix+path, authtest.Header("Cookie", jar+"x=y"), opening("same-origin"))
					if reply.Status < http.StatusBadRequest || reply.Header["Set-Cookie"] != nil {
						t.Errorf("%s: %s, cookies %v", prefix+path, reply, reply.Header["Set-Cookie"])
					}
				}
			}
			wantStatus(t, app.Get("/protected", access), http.StatusOK)
			wantStatus(t, authtest.Serve(t, engine, http.MethodGet, "/logout", authtest.Bearer(access)), http.StatusOK)
			wantRefusal(t, app.Get("/protected", access), http.StatusUnauthorized, "token_revoked")
		})
	}
}

func TestALogoutByGetThatCookiesAloneCarryIsCrossOrigin(t *testing.T) {
	t.Parallel()
	app, access, refresh := cookieApp(t)
	engine := gin.New()
	engine.GET("/logout", app.Auth.LogoutHandler)
	for _, jar := range []string{accessCookie + "=" + access, refreshCookie + "=" + refresh} {
		wantRefusal(t, authtest.Serve(t, engine, http.MethodGet, "/logout", authtest.Header("Cookie", jar)), http.StatusForbidden, "cross_origin")
	}
	app.Clock.Add(time.Second)
	wantStatus(t, app.Get("/protected", access), http.StatusOK)
}
