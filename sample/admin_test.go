package main_test

import (
	"net/http"
	"testing"
)

func TestAdminRoutes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		admin, user := n.login(t, "admin"), n.login(t, "user1")
		n.ok(t, get("/protected/admin", admin.access))
		n.ok(t, get("/protected/admin", tokensOf(n.ok(t, refreshRequest(admin.refresh))).access))
		list, _ := n.ok(t, get("/protected/admin/sessions?subject=user1", admin.access)).body["sessions"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["id"] != user.session || list[0].(map[string]any)["current"] != false {
			t.Errorf("sessions of user1: %v", list)
		}
		if got := n.ok(t, get("/protected/admin/sessions?subject=nobody", admin.access)); got.raw != `{"sessions":[]}` {
			t.Errorf("sessions of nobody: %s", got.raw)
		}
		n.refused(t, get("/protected/admin/sessions", admin.access), http.StatusBadRequest, "invalid_request")
	})
}

func revocation(admin tokens, fields map[string]any) request {
	return request{Method: "POST", Path: "/protected/admin/revocations", Token: admin.access, Fields: fields}
}

func TestAdminRevocations(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		admin := n.login(t, "admin")
		revoke := func(want int, fields map[string]any) {
			t.Helper()
			if got := n.ok(t, revocation(admin, fields)); got.number("revoked") != want || got.number("code") != 200 {
				t.Errorf("%s, want %d revoked", got.raw, want)
			}
		}
		a, b := n.login(t, "user1"), n.login(t, "user1")
		revoke(1, map[string]any{"session_id": a.session})
		revoke(0, map[string]any{"session_id": a.session})
		n.dead(t, a.access)
		n.alive(t, b.access)

		revoke(1, map[string]any{"token": b.access}) // only that token
		n.dead(t, b.access)
		b = tokensOf(n.ok(t, refreshRequest(b.refresh)))
		n.alive(t, b.access)
		revoke(1, map[string]any{"token": b.refresh}) // the whole session of that token
		n.dead(t, b.access)

		a, b = n.login(t, "user1"), n.login(t, "user1")
		revoke(2, map[string]any{"subject": "user1", "all": false, "unknown": 1, "wait": true})
		n.dead(t, a.access)
		n.deadRefresh(t, b.refresh)
		n.alive(t, n.login(t, "user1").access) // this session began after the reply

		for _, unknown := range []map[string]any{
			{"session_id": "AAAAAAAAAAAAAAAAAAAAAA"}, {"session_id": "junk"}, {"token": "junk"}, {"token": "rt1_junk"}, {"subject": "nobody"},
		} {
			revoke(0, unknown)
		}
		revoke(2, map[string]any{"all": true}) // including the caller's own session
		n.dead(t, admin.access)
	})
}

func TestRevocationWantsExactlyOneTarget(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		admin := n.login(t, "admin")
		for _, fields := range []map[string]any{
			{}, {"subject": ""}, {"subject": nil}, {"all": false}, {"all": "yes"}, {"subject": 1}, {"subject": "user1", "wait": "yes"},
			{"subject": "user1", "all": true}, {"subject": "user1", "token": "x"}, {"session_id": "x", "token": "x"},
		} {
			n.refused(t, revocation(admin, fields), http.StatusBadRequest, "invalid_request")
		}
		n.alive(t, admin.access)
	})
}

func disable(admin tokens, name string, disabled any) request {
	return request{Method: "POST", Path: "/protected/admin/users/" + name, Token: admin.access, Fields: map[string]any{"disabled": disabled}}
}

func TestDisabledUserCanNeitherLogInNorRefresh(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		admin, user := n.login(t, "admin"), n.login(t, "user1")
		bystander := n.login(t, "user2")
		n.ok(t, disable(admin, "user1", true))
		n.dead(t, user.access) // at once, not at its next refresh
		n.alive(t, bystander.access)
		disabled := n.refused(t, loginRequest("user1", demo["user1"]), http.StatusUnauthorized, "invalid_credentials")
		wrong := n.refused(t, loginRequest("user2", "wrong"), http.StatusUnauthorized, "invalid_credentials")
		if disabled.raw != wrong.raw {
			t.Error("a disabled user can be told from a wrong password")
		}
		n.deadRefresh(t, user.refresh)
		n.ok(t, disable(admin, "user1", false))
		n.deadRefresh(t, user.refresh)
		n.alive(t, n.login(t, "user1").access)

		n.ok(t, disable(admin, "user2", true)) // user2 has never logged in
		n.refused(t, loginRequest("user2", demo["user2"]), http.StatusUnauthorized, "invalid_credentials")
		n.refused(t, disable(admin, "nobody", true), http.StatusNotFound, "not_found")
		n.refused(t, disable(admin, "user1", nil), http.StatusBadRequest, "invalid_request")
		n.refused(t, disable(admin, "user1", "yes"), http.StatusBadRequest, "invalid_request")
		n.refused(t, disable(user, "user1", false), http.StatusUnauthorized, "token_revoked")
	})
}
