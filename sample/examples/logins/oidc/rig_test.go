package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/oauth2-proxy/mockoidc"
)

// rig is the program on https, and a provider that somebody else has written.
type rig struct {
	*testing.T
	app      *app
	server   *httptest.Server
	provider *mockoidc.MockOIDC

	// atToken, if set, may change the provider's reply with the ID token.
	atToken func(reply map[string]any)
}

func newRig(t *testing.T) *rig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := &rig{T: t, server: httptest.NewUnstartedServer(nil)}
	var err error
	if r.provider, err = mockoidc.NewServer(nil); err != nil {
		t.Fatal(err)
	}
	if err := r.provider.AddMiddleware(r.tamper); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.provider.Start(l, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.provider.Shutdown() })
	r.app, err = newApp(settings{
		key: []byte("a key for tests alone, of 32 bytes"), publicURL: "https://" + r.server.Listener.Addr().String(),
		issuer: r.provider.Issuer(), clientID: r.provider.ClientID, clientSecret: r.provider.ClientSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.server.Config.Handler = r.app.routes()
	r.server.StartTLS()
	t.Cleanup(func() {
		r.server.Close()
		_ = r.app.auth.Close(context.Background())
	})
	return r
}

// tamper lets a test change what the token endpoint answers.
func (r *rig) tamper(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if r.atToken == nil || request.URL.Path != mockoidc.TokenEndpoint {
			next.ServeHTTP(w, request)
			return
		}
		honest := httptest.NewRecorder()
		next.ServeHTTP(honest, request)
		var reply map[string]any
		if err := json.Unmarshal(honest.Body.Bytes(), &reply); err != nil {
			r.Error(err)
		}
		if honest.Code == http.StatusOK {
			r.atToken(reply)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(honest.Code)
		_ = json.NewEncoder(w).Encode(reply)
	})
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	*rig
	http.Client
}

func (r *rig) browser() *browser {
	r.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.Fatal(err)
	}
	return &browser{r, http.Client{
		Transport: r.server.Client().Transport, Jar: jar, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is a reply with its body read.
type answer struct {
	*http.Response
	body string
}

func (b *browser) get(address string) answer { return b.send(http.MethodGet, address, nil) }

func (b *browser) send(method, address string, form url.Values) answer {
	b.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.server.URL + address
	}
	request, err := http.NewRequestWithContext(b.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{res, string(body)}
}

// toCallback goes to the provider and returns the address that it sends the browser back to.
func (b *browser) toCallback() *url.URL {
	b.Helper()
	there := b.get("/oidc/login")
	back := b.get(there.Header.Get("Location"))
	callback, err := back.Location()
	if err != nil || !strings.HasPrefix(callback.String(), b.server.URL+"/oidc/callback?") {
		b.Fatalf("%s: %s; provider: %s %s", there.Status, there.body, back.Status, back.body)
	}
	return callback
}

// user returns the name of the user who is logged in, "" if nobody is.
func (b *browser) user() string {
	b.Helper()
	var page struct{ User string }
	if err := json.Unmarshal([]byte(b.get("/").body), &page); err != nil {
		b.Fatal(err)
	}
	return page.User
}

// refused checks an answer, and that it leaves nobody logged in.
func (b *browser) refused(got answer, status int, word string) {
	b.Helper()
	if got.StatusCode != status || !strings.Contains(got.body, `"error":"`+word+`"`) || strings.Contains(strings.Join(got.Header["Set-Cookie"], "\n"), "_token=") {
		b.Errorf("%s %s %v, not %d %s", got.Status, got.body, got.Header["Set-Cookie"], status, word)
	}
	if user := b.user(); user != "" {
		b.Errorf("%s is logged in", user)
	}
}
