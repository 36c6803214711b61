package main_test

import (
	"net/http"
	"testing"
)

func passwordRequest(access, old, replacement string) request {
	return request{Method: "POST", Path: "/protected/password", Token: access,
		Fields: map[string]any{"old_password": old, "new_password": replacement}}
}

// Whoever has copied the tokens of a session cannot guess its user's password with them.
func TestThePasswordRouteIsNoOracleWithoutALimit(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, []string{"LOGIN_RATE=3/1m"}, func(t *testing.T, n *node) {
		own := n.login(t, "user1")
		for range 3 {
			n.refused(t, passwordRequest(own.access, "wrong", "a new password 11"), http.StatusForbidden, "forbidden")
		}
		wantThrottled(t, n, passwordRequest(own.access, "wrong", "a new password 11"))
		wantThrottled(t, n, passwordRequest(own.access, demo["user1"], "a new password 11"))
		wantThrottled(t, n, loginRequest("user1", demo["user1"])) // they count as failed logins
		n.alive(t, own.access)
	})
}

// What is refused for its form asks nothing about the old password.
func TestAShortNewPasswordIsNoAttempt(t *testing.T) {
	t.Parallel()
	n := start(t, "LOGIN_RATE=1/1m")
	own := n.login(t, "user1")
	for range 3 {
		n.refused(t, passwordRequest(own.access, "wrong", "short"), http.StatusBadRequest, "invalid_request")
	}
	n.ok(t, passwordRequest(own.access, demo["user1"], "a new password 11"))
}

func TestInCookieModeANewPasswordSetsTheCookiesOfTheNewSession(t *testing.T) {
	t.Parallel()
	n, old := cookieNode(t)
	got := n.ok(t, withCookies(passwordRequest("", demo["user1"], "a new password 11"), old))
	if names(got.body) != "expires_in refresh_expires_in session_id token_type" {
		t.Errorf("members: %s", names(got.body))
	}
	next := cookiesOf(got)
	n.ok(t, withCookies(get("/protected", ""), next))
	n.ok(t, withCookies(post("/refresh", ""), next))
	n.refused(t, withCookies(get("/protected", ""), old), http.StatusUnauthorized, "token_revoked")
}

// This Redis takes the change of a user but no revocation: 503, and the same request completes
// it later.
func TestDisablingThatCannotEndTheSessionsIsCompletedByARetry(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), strictCheck)
	admin, user := n.login(t, "admin"), n.login(t, "user1")
	acl := server.keysAllowed(t)
	acl("%R~*", "~ginauth:user:*", "~ginauth:throttle:*")
	n.refused(t, disable(admin, "user1", true), http.StatusServiceUnavailable, "unavailable")
	n.refused(t, loginRequest("user1", demo["user1"]), http.StatusUnauthorized, "invalid_credentials")
	acl("~*")
	n.ok(t, disable(admin, "user1", true))
	n.dead(t, user.access)
	n.deadRefresh(t, user.refresh)
}
