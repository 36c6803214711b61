package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

const (
	devServer = "http://localhost:5173"
	sibling   = "https://app.example.com"
)

// fromPage is a request of a page of another origin, as browsers mark it.
func fromPage(origin string) authtest.RequestOption {
	return func(r *http.Request) {
		r.Header.Set("Origin", origin)
		r.Header.Set("Sec-Fetch-Site", "same-site")
	}
}

// kept are the cookies that a browser sends after a reply has set them.
func kept(reply authtest.Reply) authtest.RequestOption {
	return func(r *http.Request) {
		for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
			r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
	}
}

func trusting(mode func(*ginauth.Config), origins ...string) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		mode(c)
		c.TrustedOrigins = origins
	}
}

// The page of a development server, or of a sibling host, does all that the application's own
// page does. The setting's spelling does not matter, the browser's does.
func TestAPageOnAnotherPortIsTrusted(t *testing.T) {
	t.Parallel()
	form := authtest.Form(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	for mode, change := range setsCookies {
		app := authtest.New(t, trusting(change, devServer, "HTTPS://App.Example.com:443"))
		for _, origin := range []string{devServer, sibling} {
			t.Run(mode+"/"+origin, func(t *testing.T) {
				page, csrf := fromPage(origin), showing("")
				last := app.Do(http.MethodPost, "/login", form, page)
				wantStatus(t, last, http.StatusOK)
				if strings.Contains(mode, "CSRF") {
					csrf = showing(setCookie(t, last, csrfCookie).Value)
				}
				if strings.HasPrefix(mode, "cookie mode") {
					last = app.Do(http.MethodPost, "/refresh", kept(last), page, csrf)
					wantStatus(t, last, http.StatusOK)
				}
				if mode == "SendCookie" { // whose cookie is not read
					return
				}
				wantStatus(t, app.Do(http.MethodPost, "/logout/others", kept(last), page, csrf), http.StatusOK)
				logout := app.Do(http.MethodPost, "/logout", kept(last), page, csrf)
				wantStatus(t, logout, http.StatusOK)
				if len(logout.Header["Set-Cookie"]) == 0 {
					t.Error("the cookies are not cleared")
				}
			})
		}
	}
}

// Most projects with such a page keep gin-jwt's cookie and refresh with it, by GET.
func TestAPageOnAnotherPortRefreshesWithItsCookie(t *testing.T) {
	t.Parallel()
	app := oldClient(t, trusting(readsItsCookie, devServer), accessRefresh(0))
	app.Engine.POST("/refresh_token", app.Auth.RefreshHandler)
	last := app.Do(http.MethodPost, "/login", password("user1"), fromPage(devServer))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		last = app.Do(method, "/refresh_token", kept(last), fromPage(devServer))
		wantStatus(t, last, http.StatusOK)
		refused := app.Do(method, "/refresh_token", kept(last), fromPage("http://localhost:5174"))
		wantRefusal(t, refused, http.StatusForbidden, "cross_origin")
	}
}

func TestAnOriginNotTrustedIsRefusedStill(t *testing.T) {
	t.Parallel()
	form := authtest.Form(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	app := authtest.New(t, trusting(withCookies, devServer, sibling))
	cookies := kept(app.Do(http.MethodPost, "/login", form))
	for _, origin := range []string{
		"http://localhost:5174", "http://localhost", "https://localhost:5173", "https://app.example.com:8443", "http://app.example.com",
		"https://app.example.com.evil.example", "https://evil.example", "null", "https://APP.example.com", sibling + "/",
	} {
		for _, path := range []string{"/login", "/refresh", "/logout", "/logout/all"} {
			reply := app.Do(http.MethodPost, path, form, cookies, fromPage(origin))
			wantRefusal(t, reply, http.StatusForbidden, "cross_origin")
			if len(reply.Header["Set-Cookie"]) != 0 {
				t.Errorf("%s at %s clears cookies", origin, path)
			}
		}
	}
	// A link ends no session, whoever has it.
	app.Engine.GET("/link", app.Auth.LogoutHandler)
	wantRefusal(t, app.Do(http.MethodGet, "/link", cookies, fromPage(devServer)), http.StatusForbidden, "cross_origin")
}

func TestTrustedOriginsThatCannotBeAreMistakes(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{
		"", "*", "null", "app.example.com", "localhost:5173", "//app.example.com", "https://", "https:app.example.com", "https://app.example.com/",
		"https://app.example.com/path", "https://app.example.com?", "https://app.example.com?a=b", "https://app.example.com#", "https://*.example.com",
		"https://user@app.example.com", "https://user:hunter2@app.example.com", "https://app.example.com:", "https://bücher.example", "https://a b", "https://%zz",
		" https://app.example.com", "https://app.example.com,https://b.example",
	} {
		config := goodConfig()
		config.TrustedOrigins = []string{sibling, origin}
		wantMistakes(t, config, "TrustedOrigins[1]: ")
		if _, err := ginauth.ParseOrigin(origin); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", origin, err)
		}
	}
	for text, want := range map[string]string{
		"https://App.Example.com:443": sibling, "http://[::1]:80": "http://[::1]", "http://LOCALHOST:5173": devServer,
		"capacitor://localhost": "capacitor://localhost", "https://app.example.com:8443": "https://app.example.com:8443", "http://a.example:443": "http://a.example:443",
	} {
		if got, err := ginauth.ParseOrigin(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
