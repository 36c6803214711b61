package main_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// oauthStub is a provider that has handed the code "good" to the browser with the last challenge.
func oauthStub(t *testing.T, challenge *atomic.Value) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, password, _ := r.BasicAuth()
		proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if id != "app" || password != "client-secret" || r.PostFormValue("code") != "good" ||
			base64.RawURLEncoding.EncodeToString(proof[:]) != challenge.Load() {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"of-the-provider"}`))
	})
	mux.HandleFunc("GET /user", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer of-the-provider" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"id":"4711"}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestExampleSignUpBeginsASession(t *testing.T) {
	t.Parallel()
	n := startExample(t, "gin-jwt-signup")
	signUp := func(name, password string) request {
		q := loginRequest(name, password)
		q.Path = "/signup"
		return q
	}
	long := "correct horse battery"
	n.refused(t, signUp("ada", "short"), http.StatusBadRequest, "invalid_request")
	n.refused(t, signUp("provider|4711", long), http.StatusBadRequest, "invalid_request")
	n.refused(t, from(signUp("ada", long), "", "https://evil.example"), http.StatusForbidden, "cross_origin")
	signed := n.ok(t, signUp("ada", long))
	if got := n.ok(t, withCookies(get("/me", ""), cookiesOf(signed))).text("user"); got != "ada" {
		t.Errorf("signed up as %q", got)
	}
	if again := n.do(t, signUp("ada", long)); again.status != http.StatusConflict || again.header.Get("Set-Cookie") != "" {
		t.Errorf("a taken name: %d %v", again.status, again.header)
	}
	n.refused(t, loginRequest("ada", "another password"), http.StatusUnauthorized, "invalid_credentials")
	n.ok(t, loginRequest("ada", long))
}

func TestExampleOAuthCallbackIsForTheBrowserThatBegan(t *testing.T) {
	t.Parallel()
	var challenge atomic.Value
	n := startExample(t, "gin-jwt-signup", "OAUTH_URL="+oauthStub(t, &challenge), "PUBLIC_URL=https://app.example.com",
		"OAUTH_CLIENT_ID=app", "OAUTH_CLIENT_SECRET=client-secret")
	begin := func() (state, cookie string) {
		t.Helper()
		sent := n.do(t, get("/oauth/login", ""))
		to, err := url.Parse(sent.header.Get("Location"))
		if err != nil || sent.status != http.StatusFound || to.Query().Get("redirect_uri") != "https://app.example.com/oauth/callback" {
			t.Fatalf("%d %v %v", sent.status, to, err)
		}
		challenge.Store(to.Query().Get("code_challenge"))
		return to.Query().Get("state"), cookiesOf(sent)
	}
	callback := func(state, code string) request { return get("/oauth/callback?state="+state+"&code="+code, "") }

	state, cookie := begin()
	n.refused(t, callback(state, "good"), http.StatusBadRequest, "invalid_request") // a link sent to somebody else
	n.refused(t, withCookies(callback("x", "good"), cookie), http.StatusBadRequest, "invalid_request")
	n.refused(t, withCookies(callback("", "good"), "__Host-oauth_attempt=."), http.StatusBadRequest, "invalid_request")
	n.refused(t, withCookies(callback(state, "guess"), cookie), http.StatusUnauthorized, "invalid_credentials")
	_, _ = begin() // the provider's code is for another attempt now
	n.refused(t, withCookies(callback(state, "good"), cookie), http.StatusUnauthorized, "invalid_credentials")

	state, cookie = begin()
	done := n.do(t, withCookies(callback(state, "good"), cookie))
	if done.status != http.StatusSeeOther || done.header.Get("Location") != "/" || !strings.Contains(done.header.Get("Cache-Control"), "no-store") {
		t.Fatalf("%d %v", done.status, done.header)
	}
	if got := n.ok(t, withCookies(get("/me", ""), cookiesOf(done))).text("user"); got != "provider|4711" {
		t.Errorf("logged in as %q", got)
	}
}
