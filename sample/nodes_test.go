package main_test

import (
	"net/http"
	"strings"
	"testing"
)

// twoNodes starts two nodes that share one Redis.
func twoNodes(t *testing.T) (a, b *node) {
	t.Helper()
	server := anyRedis(t)
	return start(t, server.url()), start(t, server.url())
}

func TestLogoutOnOneNodeIsObeyedByTheOther(t *testing.T) {
	t.Parallel()
	a, b := twoNodes(t)
	user := a.login(t, "user1")
	b.alive(t, user.access)
	a.ok(t, post("/logout", user.access))
	b.soonDead(t, user.access)
	b.deadRefresh(t, user.refresh)
}

func TestLogoutOnOneNodeIsObeyedByAStrictOneAtOnce(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	a, b := start(t, server.url()), start(t, server.url(), strictCheck)
	for range 20 {
		user := a.login(t, "user1")
		b.alive(t, user.access)
		a.ok(t, post("/logout", user.access))
		b.dead(t, user.access)
	}
}

func TestNodesRotateOneSession(t *testing.T) {
	t.Parallel()
	a, b := twoNodes(t)
	first := a.login(t, "user1")
	second := tokensOf(b.ok(t, refreshRequest(first.refresh)))
	if again := tokensOf(a.ok(t, refreshRequest(first.refresh))); again.refresh != second.refresh {
		t.Error("two nodes gave two refresh tokens for one")
	}
	third := tokensOf(a.ok(t, refreshRequest(second.refresh)))
	b.deadRefresh(t, first.refresh) // this is reuse
	a.soonDead(t, third.access)
}

func TestNodesAgreeAboutUsers(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	a, b := start(t, server.url()), start(t, server.url())
	const next = "a new password 11"
	own, other := a.login(t, "user1"), b.login(t, "user1")
	stolen := own
	own = tokensOf(a.ok(t, request{Method: "POST", Path: "/protected/password", Token: own.access,
		Fields: map[string]any{"old_password": demo["user1"], "new_password": next}}))
	b.soonDead(t, other.access)
	b.soonDead(t, stolen.access)
	b.alive(t, own.access)
	b.refused(t, loginRequest("user1", demo["user1"]), http.StatusUnauthorized, "invalid_credentials")
	b.ok(t, loginRequest("user1", next))

	b.ok(t, disable(b.login(t, "admin"), "user1", true))
	a.refused(t, loginRequest("user1", next), http.StatusUnauthorized, "invalid_credentials")
	b.dead(t, own.access)
	a.soonDead(t, own.access)
	a.deadRefresh(t, own.refresh)

	late := start(t, server.url()) // its seeding must not overwrite the change
	late.refused(t, loginRequest("user1", demo["user1"]), http.StatusUnauthorized, "invalid_credentials")
	late.ok(t, disable(late.login(t, "admin"), "user1", false))
	late.refused(t, loginRequest("user1", demo["user1"]), http.StatusUnauthorized, "invalid_credentials")
	late.ok(t, loginRequest("user1", next))
}

func TestPrefixesKeepApplicationsApart(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	a, b := start(t, server.url(), strictCheck, "REDIS_PREFIX=app-a"), start(t, server.url(), strictCheck, "REDIS_PREFIX=app-b")
	user := a.login(t, "user1")
	b.dead(t, user.access) // b trusts the signature but has no such session
	keys, err := server.client(t).Keys(t.Context(), "*").Result()
	if err != nil || len(keys) == 0 {
		t.Fatal(keys, err)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "app-a:") && !strings.HasPrefix(key, "app-b:") {
			t.Errorf("key %s", key)
		}
	}
}

// journey logs in, uses the token, refreshes, changes the password and logs out.
func journey(t *testing.T, n *node) {
	t.Helper()
	user := n.login(t, "user1")
	n.alive(t, user.access)
	user = tokensOf(n.ok(t, refreshRequest(user.refresh)))
	user = tokensOf(n.ok(t, request{Method: "POST", Path: "/protected/password", Token: user.access,
		Fields: map[string]any{"old_password": demo["user1"], "new_password": "a new password 11"}}))
	n.ok(t, loginRequest("user1", "a new password 11"))
	n.ok(t, disable(n.login(t, "admin"), "user2", true))
	n.refused(t, loginRequest("user2", demo["user2"]), http.StatusUnauthorized, "invalid_credentials")
	n.ok(t, post("/logout", user.access))
	n.dead(t, user.access)
	n.ok(t, revocation(n.login(t, "admin"), map[string]any{"all": true}))
	healed(t, n)
}

func TestJourneyOnCluster(t *testing.T) {
	t.Parallel()
	server := realRedis(t, "--cluster-enabled", "yes")
	rdb := server.client(t)
	if err := rdb.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	n := start(t, server.url()[:len(server.url())-len("/0")], "REDIS_MODE=cluster")
	healed(t, n) // the server needs a moment to see its cluster as healthy
	journey(t, n)
}

func TestJourneyOnSentinel(t *testing.T) {
	t.Parallel()
	if !available(t, "redis-sentinel") {
		t.Skip("needs redis-sentinel")
	}
	master := realRedis(t)
	sentinel := startSentinel(t, master)
	n := start(t, "REDIS_URL=redis://"+sentinel.addr, "REDIS_MODE=sentinel", "REDIS_MASTER=main")
	healed(t, n)
	journey(t, n)
	if size, err := master.client(t).DBSize(t.Context()).Result(); err != nil || size == 0 {
		t.Errorf("nothing is kept by the master: %d %v", size, err)
	}
}
