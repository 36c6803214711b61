package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// cookieNode starts a node in cookie mode, logs user1 in, and returns the Cookie header.
func cookieNode(t *testing.T, env ...string) (n *node, cookies string) {
	t.Helper()
	n = start(t, append([]string{"COOKIES=true"}, env...)...)
	r := n.ok(t, loginRequest("user1", demo["user1"]))
	if got := names(r.body); got != "expires_in refresh_expires_in session_id token_type" {
		t.Errorf("members: %s", got)
	}
	return n, cookiesOf(r)
}

// cookiesOf returns the Cookie header of a browser after the reply.
func cookiesOf(r reply) string {
	var pairs []string
	for _, cookie := range (&http.Response{Header: r.header}).Cookies() {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

func withCookies(q request, cookies string) request { return from(q, cookies, "") }

// from returns the request as a page of the given origin would send it.
func from(q request, cookies, origin string) request {
	q.Header = map[string]string{"Cookie": cookies}
	if origin != "" {
		q.Header["Origin"] = origin
	}
	return q
}

func TestCookieModeCarriesTheWholeLife(t *testing.T) {
	t.Parallel()
	n, cookies := cookieNode(t)
	for _, name := range []string{"__Host-access_token=", "__Host-refresh_token="} {
		if !strings.Contains(cookies, name) {
			t.Fatalf("no %s", name)
		}
	}
	n.ok(t, withCookies(get("/protected", ""), cookies))
	r := n.ok(t, withCookies(post("/refresh", ""), cookies))
	for _, line := range r.header["Set-Cookie"] {
		if !strings.Contains(line, "; Path=/; Max-Age=") || !strings.Contains(line, "; HttpOnly; Secure; SameSite=") {
			t.Errorf("attributes: %s", line)
		}
	}
	n.refused(t, from(post("/logout", ""), cookies, "https://evil.example"), http.StatusForbidden, "cross_origin")
	n.ok(t, withCookies(get("/protected", ""), cookies))
	n.ok(t, from(post("/logout", ""), cookies, n.base))
	n.refused(t, withCookies(get("/protected", ""), cookies), http.StatusUnauthorized, "token_revoked")
}

func TestInsecureCookiesWorkOverPlainHTTP(t *testing.T) {
	t.Parallel()
	n, cookies := cookieNode(t, "INSECURE_COOKIES=true")
	if strings.Contains(cookies, "__Host-") || !strings.Contains(cookies, "access_token=") {
		t.Errorf("names: %s", cookies[:20])
	}
	n.ok(t, withCookies(get("/protected", ""), cookies))
}

func TestWithoutCookieModeCookiesAreNotRead(t *testing.T) {
	t.Parallel()
	n := start(t)
	user := n.login(t, "user1")
	cookies := "__Host-access_token=" + user.access + "; access_token=" + user.access
	n.refused(t, withCookies(get("/protected", ""), cookies), http.StatusUnauthorized, "token_missing")
}
