package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

func TestTheProvidersUserIsLoggedIn(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	there := b.get("/oidc/login")
	sent, err := there.Location()
	if err != nil {
		t.Fatal(err)
	}
	attempt := there.Header.Get("Set-Cookie")
	if !strings.HasPrefix(attempt, "__Host-oidc_attempt=") || !strings.HasSuffix(attempt, "; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax") {
		t.Errorf("cookie of the attempt: %s", attempt)
	}
	if q := sent.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || q.Get("state") == q.Get("nonce") {
		t.Errorf("to the provider: %v", q)
	}
	in := b.get(b.get(sent.String()).Header.Get("Location"))
	if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/" || in.Header.Get("Cache-Control") != "no-store" || strings.Contains(in.body, "ey") {
		t.Errorf("%s to %q: %s", in.Status, in.Header.Get("Location"), in.body)
	}
	cookies := strings.Join(in.Header["Set-Cookie"], "\n")
	for _, part := range []string{"__Host-oidc_attempt=; Path=/; Max-Age=0;", "__Host-access_token=", "__Host-refresh_token="} {
		if !strings.Contains(cookies, part) {
			t.Errorf("no %s in\n%s", part, cookies)
		}
	}
	if got, want := b.user(), r.provider.Issuer()+"|1234567890"; got != want {
		t.Errorf("user %q, not %q", got, want)
	}
	for _, path := range []string{"/refresh", "/logout"} {
		if got := b.send(http.MethodPost, path, url.Values{}); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %s", path, got.Status, got.body)
		}
	}
	if got := b.user(); got != "" {
		t.Errorf("%s is logged in after the logout", got)
	}
}

// The provider has a user1 too. Revoking the local one does not touch the other.
func TestAProvidersUserIsNoLocalUser(t *testing.T) {
	r := newRig(t)
	r.provider.QueueUser(&mockoidc.MockUser{Subject: "user1"})
	foreign, local := r.browser(), r.browser()
	foreign.get(foreign.toCallback().String())
	if got := local.send(http.MethodPost, "/login", url.Values{"username": {"user1"}, "password": {"password123"}}); got.StatusCode != http.StatusOK || local.user() != "user1" {
		t.Fatal(got.Status, got.body)
	}
	if _, err := r.app.auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	if got, want := foreign.user(), r.provider.Issuer()+"|user1"; got != want || local.user() != "" {
		t.Errorf("user %q, not %q; local user %q", got, want, local.user())
	}
}

// The limit of failed logins counts passwords, and a callback has none.
func TestTheLimitOfFailedLoginsDoesNotConcernTheCallback(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	for range 11 {
		b.send(http.MethodPost, "/login", url.Values{"username": {"user1"}, "password": {"a guess"}})
	}
	if got := b.send(http.MethodPost, "/login", url.Values{"username": {"user1"}, "password": {"password123"}}); got.StatusCode != http.StatusTooManyRequests {
		t.Fatal(got.Status, got.body)
	}
	if got := b.get(b.toCallback().String()); got.StatusCode != http.StatusSeeOther {
		t.Error(got.Status, got.body)
	}
}

// Session fixation: whatever session the browser had before is over.
func TestALoginEndsTheSessionThatTheBrowserHad(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	b.send(http.MethodPost, "/login", url.Values{"username": {"user1"}, "password": {"password123"}})
	b.get(b.toCallback().String())
	if sessions, err := r.app.store.List(t.Context(), "user1"); err != nil || len(sessions) != 0 {
		t.Error(sessions, err)
	}
}

// The provider decides who the user is, and the application whether that user may come in. What
// it decides while the provider is being asked counts.
func TestARevocationDuringTheCallbackOvertakesIt(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	r.atToken = func(map[string]any) {
		if _, err := r.app.auth.RevokeSubject(t.Context(), r.provider.Issuer()+"|1234567890"); err != nil {
			t.Error(err)
		}
	}
	b.refused(b.get(b.toCallback().String()), 503, "unavailable")
}
