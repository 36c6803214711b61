package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// at is a request to a route that reads an access token.
type at struct{ method, path string }

// tokenRoutes are the routes that require an access token; /hello, where it is optional, is
// not among them.
var tokenRoutes = []at{
	{"POST", "/logout/all"}, {"POST", "/logout/others"}, {"GET", "/protected"}, {"GET", "/protected/me"},
	{"GET", "/protected/sessions"}, {"DELETE", "/protected/sessions/AAAAAAAAAAAAAAAAAAAAAA"}, {"POST", "/protected/password"},
	{"GET", "/protected/events"}, {"GET", "/protected/admin"}, {"GET", "/protected/admin/sessions"},
	{"POST", "/protected/admin/revocations"}, {"POST", "/protected/admin/users/user1"},
}

func (a at) with(token, query string) request {
	return request{Method: a.method, Path: a.path + query, Token: token}
}

// A node really answers with every status that docs/openapi.yaml lists for a route, in the
// described form. A description of a reply that never happens would be as wrong as a missing
// one.
func TestEveryDescribedReplyIsSeen(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), strictCheck, "INTROSPECTION_CLIENT=api", "INTROSPECTION_SECRET="+testClientSecret)
	c, cookies := cookieNode(t, "LOGIN_RATE=1/1m", "INTROSPECTION_CLIENT=api", "INTROSPECTION_SECRET="+testClientSecret+"x")
	n.served(t)
	n.refusedInEveryWay(t)
	c.foreignOrigins(t, cookies)
	n.tooManyStreams(t)
	u := start(t, "USER_RATE=2/1m")
	u.tooManyEndings(t)
	c.refused(t, loginRequest("user2", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	c.refused(t, loginRequest("user2", "wrong"), http.StatusTooManyRequests, "too_many_attempts")
	wantThrottled(t, c, withCookies(passwordRequest("", demo["user1"], "a new password 11"), cookies))
	for range 61 {
		c.do(t, asClient("/introspect", "x"))
	}
	for _, path := range []string{"/revoke", "/introspect"} {
		c.refused(t, asClient(path, "x"), http.StatusTooManyRequests, "too_many_attempts")
	}
	admin, user := n.login(t, "admin"), n.login(t, "user2")
	server.kill()
	n.down(t, admin, user)

	d, err := described()
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range d.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if !d.hasSeen(method, path, status, n, c, u) {
					t.Errorf("%s %s: %s is described, and was not seen", method, path, status)
				}
			}
		}
	}
}

// served sends each route a request that succeeds.
func (n *node) served(t *testing.T) {
	t.Helper()
	healed(t, n) // /readyz answers 503 until the mirror is in step
	user, admin := n.login(t, "user1"), n.login(t, "admin")
	streaming := n.login(t, "user2")
	stream := make(chan reply, 1)
	go func() {
		got, err := n.try(t, get("/protected/events", streaming.access))
		if err != nil {
			t.Error(err)
		}
		stream <- got
	}()
	for _, path := range []string{
		"/", "/hello", "/protected", "/protected/me", "/protected/sessions", "/protected/admin", "/protected/admin/sessions?subject=user1",
		"/assets/style.css", "/assets/demo.js", "/assets/icon.svg", "/healthz", "/readyz", "/metrics", "/.well-known/jwks.json",
	} {
		n.ok(t, get(path, admin.access))
	}
	n.ok(t, get("/hello", ""))
	user = tokensOf(n.ok(t, refreshRequest(user.refresh)))
	n.ok(t, asClient("/introspect", user.access))
	n.ok(t, asClient("/introspect", user.refresh))
	n.ok(t, asClient("/introspect", "junk"))
	n.ok(t, asClient("/revoke", "junk"))
	n.ok(t, request{Method: "DELETE", Path: "/protected/sessions/" + n.login(t, "user1").session, Token: user.access})
	n.ok(t, post("/logout/others", user.access))
	user = tokensOf(n.ok(t, request{Method: "POST", Path: "/protected/password", Token: user.access,
		Fields: map[string]any{"old_password": demo["user1"], "new_password": demo["user1"] + "-new"}}))
	n.ok(t, disable(admin, "user2", true))
	n.ok(t, disable(admin, "user2", false))
	n.ok(t, revocation(admin, map[string]any{"subject": "user2"}))
	n.ok(t, post("/logout/all", user.access))
	n.ok(t, post("/logout", admin.access))
	if got := <-stream; got.status != http.StatusOK || !strings.Contains(got.raw, revokedEvent) {
		t.Errorf("the stream: %d %q", got.status, got.raw)
	}
}

// refusedInEveryWay provokes every refusal of every route while the store is up.
func (n *node) refusedInEveryWay(t *testing.T) {
	t.Helper()
	user, admin := n.login(t, "user2"), n.login(t, "admin")
	query := "?access_token=" + user.access
	large := strings.Repeat("x", 64<<10)
	for _, route := range append([]at{{"GET", "/hello"}}, tokenRoutes...) {
		n.refused(t, route.with(admin.access, query), http.StatusBadRequest, "invalid_request")
		n.refused(t, route.with("junk", ""), http.StatusUnauthorized, "token_invalid")
		expired := forge(t, user.access, func(claims jwt.MapClaims) { claims["exp"] = time.Now().Unix() - 1 })
		n.refused(t, route.with(expired, ""), http.StatusUnauthorized, "token_expired")
	}
	for _, path := range []string{"/login", "/refresh", "/logout", "/revoke", "/introspect"} {
		big := request{Method: "POST", Path: path, Form: true, Fields: map[string]any{"token": large, "refresh_token": large}, Header: asClient("", "").Header}
		if path != "/revoke" && path != "/introspect" {
			big.Header = nil
		}
		n.refused(t, big, http.StatusRequestEntityTooLarge, "too_large")
		bad := big
		bad.Form, bad.Fields, bad.Raw, bad.ContentType = false, nil, "[]", "application/json"
		n.refused(t, bad, http.StatusBadRequest, "invalid_request")
	}
	for _, path := range []string{"/protected/password", "/protected/admin/revocations", "/protected/admin/users/user1"} {
		n.refused(t, request{Method: "POST", Path: path, Token: admin.access, Fields: map[string]any{"x": large}}, http.StatusRequestEntityTooLarge, "too_large")
	}
	for _, route := range []at{{"GET", "/protected/admin"}, {"GET", "/protected/admin/sessions"}, {"POST", "/protected/admin/revocations"}, {"POST", "/protected/admin/users/user1"}} {
		n.refused(t, route.with(user.access, ""), http.StatusForbidden, "forbidden")
	}
	n.refused(t, request{Method: "POST", Path: "/protected/password", Token: user.access,
		Fields: map[string]any{"old_password": "wrong", "new_password": "long enough, this"}}, http.StatusForbidden, "forbidden")
	stale := forge(t, user.access, func(claims jwt.MapClaims) { claims["auth_time"] = time.Now().Unix() - 301 })
	n.refused(t, post("/protected/password", stale), http.StatusUnauthorized, "reauthentication_required")
	n.refused(t, at{"DELETE", "/protected/sessions/AAAAAAAAAAAAAAAAAAAAAA"}.with(user.access, ""), http.StatusNotFound, "not_found")
	n.refused(t, get("/assets/nothing.js", ""), http.StatusNotFound, "not_found")
	n.refused(t, disable(admin, "nobody", true), http.StatusNotFound, "not_found")
	n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	n.deadRefresh(t, "rt1_junk")
	n.refused(t, post("/refresh", ""), http.StatusUnauthorized, "token_missing")
	n.refused(t, post("/logout", ""), http.StatusUnauthorized, "token_missing")
	for _, path := range []string{"/revoke", "/introspect"} {
		if got := n.do(t, request{Method: "POST", Path: path, Form: true, Fields: map[string]any{"token": "x"}}); got.status != http.StatusUnauthorized {
			t.Errorf("%s without a client: %d", path, got.status)
		}
	}
	n.ok(t, post("/logout", user.access))
	n.dead(t, user.access)
	n.ok(t, post("/logout", admin.access))
}

func (n *node) tooManyStreams(t *testing.T) {
	t.Helper()
	user := n.login(t, "admin")
	for range 16 {
		n.listen(t, user.access)
	}
	n.refused(t, get("/protected/events", user.access), http.StatusTooManyRequests, "too_many_attempts")
	n.ok(t, post("/logout", user.access))
}

// tooManyEndings needs a node that lets a user act twice.
func (n *node) tooManyEndings(t *testing.T) {
	t.Helper()
	user := n.login(t, "user2")
	for range 2 {
		n.ok(t, post("/logout/others", user.access))
	}
	other := n.login(t, "user2")
	for _, q := range []request{
		post("/logout/others", user.access), post("/logout/all", user.access),
		{Method: http.MethodDelete, Path: "/protected/sessions/" + other.session, Token: user.access},
	} {
		n.refused(t, q, http.StatusTooManyRequests, "too_many_attempts")
	}
}

// foreignOrigins sends each unsafe route a request as a page of another origin would.
func (n *node) foreignOrigins(t *testing.T, cookies string) {
	t.Helper()
	for _, route := range append([]at{{"POST", "/login"}, {"POST", "/refresh"}, {"POST", "/logout"}}, tokenRoutes...) {
		if route.method != "GET" {
			n.refused(t, from(route.with("", ""), cookies, "https://evil.example"), http.StatusForbidden, "cross_origin")
		}
	}
}

// down sends a request to each route that needs the store, while the store is down.
func (n *node) down(t *testing.T, admin, user tokens) {
	t.Helper()
	requests := []request{
		loginRequest("user1", demo["user1"]), refreshRequest(user.refresh), post("/logout", user.access), get("/hello", user.access), get("/readyz", ""),
		asClient("/introspect", user.access), asClient("/revoke", user.access),
	}
	for _, route := range tokenRoutes {
		requests = append(requests, route.with(admin.access, ""))
	}
	for _, q := range requests {
		n.refused(t, q, http.StatusServiceUnavailable, "unavailable")
	}
}
