package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
)

// These tests start the programs in the shapes of real gin-jwt projects.

func TestExampleRolesCountAChangedRoleAtTheNextRefresh(t *testing.T) {
	t.Parallel()
	n := startExample(t, "gin-jwt-roles")
	says := func(q request, status int, message string) {
		t.Helper()
		if got := n.do(t, q); got.status != status || got.text("message") != message {
			t.Errorf("%s %s: %d %s", q.Method, q.Path, got.status, got.raw)
		}
	}
	role := func(token, name, role string) request {
		return request{Method: "PUT", Path: "/admin/users/" + name + "/role", Token: token, Fields: map[string]any{"role": role}}
	}
	says(loginRequest("test", "guess"), http.StatusUnauthorized, "Wrong name or password.")
	says(get("/hello", ""), http.StatusUnauthorized, "Please log in.")
	admin := tokensOf(n.ok(t, loginRequest("admin", "admin")))
	test := tokensOf(n.ok(t, loginRequest("test", "test")))
	says(role(test.access, "test", "admin"), http.StatusForbidden, "Your role does not allow this.")
	says(role(admin.access, "nobody", "admin"), http.StatusNotFound, "No such user.")
	says(role(admin.access, "test", "root"), http.StatusBadRequest, "No such role.")
	says(role(admin.access, "test", "admin"), http.StatusNoContent, "")
	if got := n.ok(t, get("/hello", test.access)).text("role"); got != "user" {
		t.Errorf("before the refresh: %q", got)
	}
	next := tokensOf(n.ok(t, refreshRequest(test.refresh)))
	if got := n.ok(t, get("/hello", next.access)).text("role"); got != "admin" {
		t.Errorf("after the refresh: %q", got)
	}
	says(role(next.access, "test", "user"), http.StatusNoContent, "")
}

func TestExampleAPIKeyOrToken(t *testing.T) {
	t.Parallel()
	key := "0123456789abcdef0123456789abcdef"
	hash := sha256.Sum256([]byte(key))
	n := startExample(t, "gin-jwt-apikey", "API_KEY_SHA256="+hex.EncodeToString(hash[:]))
	user := n.login(t, "user1")
	ask := func(key, token string) request {
		q := get("/reports", token)
		if key != "" {
			q.Header = map[string]string{"X-API-Key": key}
		}
		return q
	}
	if got := n.ok(t, ask(key, "")).text("reports_for"); got != "api key" {
		t.Errorf("with the key: %q", got)
	}
	if got := n.ok(t, ask("", user.access)).text("reports_for"); got != "user1" {
		t.Errorf("with the token: %q", got)
	}
	refused := func(q request) {
		t.Helper()
		got := n.do(t, q)
		if got.status != http.StatusUnauthorized || got.text("hint") != "An API key or a token is needed." || got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%d %s %v", got.status, got.raw, got.header)
		}
	}
	refused(ask("", ""))
	refused(ask("wrong", ""))
	refused(ask("wrong", user.access)) // a wrong key is not made good by a token
	refused(ask("", "no.such.token"))
	n.ok(t, post("/logout", user.access))
	refused(ask("", user.access))
}

func TestExamplePagesGreetGuestsAndSendThemToTheForm(t *testing.T) {
	t.Parallel()
	n := startExample(t, "gin-jwt-pages")
	send := func(method, path string, cookies []string, fields map[string]any) reply {
		t.Helper()
		header := map[string]string{"Cookie": strings.Join(cookies, "; "), "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
		return n.do(t, request{Method: method, Path: path, Fields: fields, Form: fields != nil, Header: header})
	}
	check := func(got reply, status int, location, text string) {
		t.Helper()
		if got.status != status || got.header.Get("Location") != location || !strings.Contains(got.raw, text) {
			t.Errorf("%d %q %s", got.status, got.header.Get("Location"), got.raw)
		}
	}
	forged := []string{"__Host-access_token=no.such.token"}
	check(send("GET", "/", nil, nil), http.StatusOK, "", "Hello, guest.")
	check(send("GET", "/", forged, nil), http.StatusOK, "", "Hello, guest.")
	check(send("GET", "/account", nil, nil), http.StatusSeeOther, "/login", "")
	check(send("GET", "/account", forged, nil), http.StatusSeeOther, "/login", "")
	form := map[string]any{"username": "user1", "password": "guess"}
	check(send("POST", "/login", nil, form), http.StatusUnauthorized, "", "Wrong name or password.")
	form["password"] = demo["user1"]
	login := send("POST", "/login", nil, form)
	check(login, http.StatusSeeOther, "/account", "")

	both := cookiePairs(login)
	check(send("GET", "/account", both, nil), http.StatusOK, "", "The account of user1.")
	check(send("GET", "/", both, nil), http.StatusOK, "", "Hello, user1.")
	renewed := send("GET", "/account", refreshOnly(both), nil) // as after the end of the access token
	check(renewed, http.StatusOK, "", "The account of user1.")
	both = cookiePairs(renewed)
	check(send("POST", "/logout", both, map[string]any{}), http.StatusSeeOther, "/", "")
	check(send("GET", "/account", both, nil), http.StatusSeeOther, "/login", "")
	check(send("POST", "/logout", nil, map[string]any{}), http.StatusSeeOther, "/", "")
}

// cookiePairs returns the cookies that a reply sets, as a browser sends them.
func cookiePairs(r reply) (pairs []string) {
	for _, line := range r.header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		pairs = append(pairs, pair)
	}
	return pairs
}

func refreshOnly(pairs []string) (kept []string) {
	for _, pair := range pairs {
		if strings.HasPrefix(pair, "__Host-refresh_token=") {
			kept = append(kept, pair)
		}
	}
	return kept
}
