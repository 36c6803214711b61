package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// Another site cannot write a header. With gin-jwt's own cookies the page of a development server
// or of another host works by its header, as it did, whatever cookie comes along.
func TestTheOriginIsNotJudgedWhereAHeaderCarriesTheToken(t *testing.T) {
	t.Parallel()
	for name, header := range foreign {
		app := authtest.New(t, ginJWTCookie("header:Authorization, cookie:jwt"))
		first, second := app.Login("user1").AccessToken, app.Login("user1").AccessToken
		for what, cookie := range map[string]string{"the same": second, "a stale one": "eyJhbGciOiJIUzI1NiJ9.e30.x", "empty": ""} {
			reply := app.Do(http.MethodPost, "/logout/others", authtest.Bearer(second), authtest.Cookie("jwt", cookie), header)
			wantStatus(t, reply, http.StatusOK)
			if reply.Members()["code"] != 200.0 {
				t.Errorf("%s, %s: %s", name, what, reply)
			}
		}
		wantRefusal(t, app.Get("/protected", first), http.StatusUnauthorized, "token_revoked")
		logout := app.Do(http.MethodPost, "/logout", authtest.Bearer(second), authtest.Cookie("jwt", second), header)
		wantStatus(t, logout, http.StatusOK)
		if cookie := setCookie(t, logout, "jwt"); cookie.MaxAge >= 0 {
			t.Errorf("%s: the cookie stays: %v", name, cookie)
		}
	}
}

// A token that only a cookie carries is judged by its origin, whatever else a header holds.
func TestTheOriginIsJudgedWhereACookieCarriesTheToken(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, ginJWTCookie("header:Authorization, cookie:jwt"))
	token := app.Login("user1").AccessToken
	for name, header := range foreign {
		for _, junk := range []string{"", "undefined", "a.b.c", forge(t, token, nil)[:40], app.Login("user2").RefreshToken} {
			reply := app.Do(http.MethodPost, "/logout/others", authtest.Bearer(junk), authtest.Cookie("jwt", token), header)
			if reply.Status != http.StatusForbidden || reply.Word() != "cross_origin" {
				t.Errorf("%s, %q: %s", name, junk, reply)
			}
		}
	}
	wantStatus(t, app.Get("/protected", token), http.StatusOK)
}

// The contract of cookie mode: the cookies are judged wherever they are carried.
func TestInCookieModeTheOriginIsJudgedBesideAHeaderToo(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, withCookies)
	login := app.Do(http.MethodPost, "/login", password("user1"))
	access := setCookie(t, login, accessCookie).Value
	for _, header := range foreign {
		reply := app.Do(http.MethodPost, "/logout/others", authtest.Bearer(access), kept(login), header)
		wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
		wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(access), header), http.StatusOK)
	}
}

// oddBodies are what clients of gin-jwt send along with a logout, which never read it.
var oddBodies = map[string]authtest.RequestOption{
	"text": authtest.Body("text/plain;charset=UTF-8", "bye"), "multipart": authtest.Body("multipart/form-data; boundary=x", "--x--\r\n"),
	"xml": authtest.Body("application/xml", "<logout/>"), "no type": authtest.Body("", "bye"), "an odd type": authtest.Body(";;", "{}"),
}

func TestALogoutWithTheTokenInTheHeaderIgnoresOddBodies(t *testing.T) {
	t.Parallel()
	app := authtest.New(t)
	for name, body := range oddBodies {
		t.Run(name, func(t *testing.T) {
			tokens := app.Login("user1")
			wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken), body), http.StatusOK)
			wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
			wantRefusal(t, app.Do(http.MethodPost, "/logout", body), http.StatusBadRequest, "invalid_request")
			wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Bearer(tokens.AccessToken), body), http.StatusBadRequest, "invalid_request")
		})
	}
	token := app.Login("user1").AccessToken
	huge := authtest.Body("text/plain", strings.Repeat("x", ginauth.MaxBody+1))
	wantRefusal(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(token), huge), http.StatusRequestEntityTooLarge, "too_large")
	for _, body := range []string{"[]", "{", `{"refresh_token":1}`} { // these it does read
		reply := app.Do(http.MethodPost, "/logout", authtest.Bearer(token), authtest.Body("application/json", body))
		wantRefusal(t, reply, http.StatusBadRequest, "invalid_request")
	}
	wantStatus(t, app.Get("/protected", token), http.StatusOK)
}

// A cookie alone does not excuse the body: the page of a foreign form sends these types.
func TestALogoutByCookieReadsItsBody(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, withCookies)
	for name, body := range oddBodies {
		login := app.Do(http.MethodPost, "/login", password("user1"))
		reply := app.Do(http.MethodPost, "/logout", kept(login), body)
		if reply.Status != http.StatusBadRequest || reply.Word() != "invalid_request" {
			t.Errorf("%s: %s", name, reply)
		}
	}
}
