package main_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// copyNode starts a node with a mirror that may be half a second old.
func copyNode(t *testing.T, server *server, env ...string) *node {
	t.Helper()
	n := start(t, append([]string{server.url(), "MAX_STALENESS=500ms"}, env...)...)
	healed(t, n)
	return n
}

func TestACutOffNodeServesNoLongerThanMaxStalenessAndHeals(t *testing.T) {
	t.Parallel()
	server := realRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	n := copyNode(t, server)
	user, gone := n.login(t, "user1"), n.login(t, "user1")
	n.ok(t, post("/logout", gone.access))
	server.kill()
	n.dead(t, gone.access) // a revocation that the node knows stays in force
	begun := time.Now()
	eventually(t, 5*time.Second, func() bool {
		got, err := n.try(t, get("/protected", user.access))
		return err == nil && got.status == http.StatusServiceUnavailable && got.took < outageLimit
	})
	if late := time.Since(begun); late > 4*time.Second {
		t.Errorf("served for %v without a store", late)
	}
	n.refused(t, get("/readyz", ""), http.StatusServiceUnavailable, "unavailable")
	n.dead(t, gone.access)
	server.start(t)
	healed(t, n)
	n.alive(t, user.access)
	n.dead(t, gone.access)
}

func TestWhatRedisLostIsPutBack(t *testing.T) {
	t.Parallel()
	for _, check := range []string{"REVOCATION_CHECK=mirror", strictCheck} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			server := realRedis(t)
			n := copyNode(t, server, check)
			user := n.login(t, "user1")
			n.ok(t, post("/logout", user.access))
			if err := server.client(t).FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			n.dead(t, user.access)
			// A node that starts now can learn of the revocation only from Redis.
			eventually(t, 5*time.Second, func() bool {
				entries, err := server.client(t).XLen(t.Context(), "ginauth:{0}:log").Result()
				return err == nil && entries > 0
			})
			late := copyNode(t, server, check)
			late.dead(t, user.access)
		})
	}
}

func TestReadyzShowsTheCopyAndMetricsCountEvents(t *testing.T) {
	t.Parallel()
	n := copyNode(t, realRedis(t))
	user := n.login(t, "user1")
	n.ok(t, post("/logout", user.access))
	n.dead(t, user.access)
	healed(t, n) // a new mirror waits until it has read the log
	ready := n.ok(t, get("/readyz", ""))
	if got := names(ready.body); got != "entries lag_ms mode status" || ready.text("mode") != "mirror" || ready.number("entries") != 1 {
		t.Errorf("readyz: %s", ready.raw)
	}
	text := n.do(t, get("/metrics", "")).raw
	for _, line := range []string{
		`ginauth_events_total{kind="login"} 1`, `ginauth_events_total{kind="logout"} 1`, `ginauth_events_total{kind="refused"} 1`,
		`ginauth_events_total{kind="healed"} 0`, `ginauth_events_total{kind="stale"} 0`, "ginauth_mirror_in_step 1", "ginauth_mirror_entries 1",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
	for _, secret := range []string{user.access, user.refresh, user.session, "user1"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in the metrics", secret)
		}
	}
}

func TestARevocationCanWaitForEveryNode(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	a, b := copyNode(t, server), copyNode(t, server)
	admin, user := a.login(t, "admin"), b.login(t, "user1")
	a.ok(t, revocation(admin, map[string]any{"session_id": user.session, "wait": true}))
	b.dead(t, user.access)
}

// Redis has lost its data and takes no writes for a while, and the last node that knows a logout
// is stopped. It has SHUTDOWN_TIMEOUT to put it back.
func TestSIGTERMDuringHealingForgetsNothing(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url())
	healed(t, n)
	n.ok(t, post("/logout", n.login(t, "user1").access))
	rdb := server.client(t)
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Do(t.Context(), "CLIENT", "PAUSE", 3000, "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if code := n.stop(t); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if left := rdb.XLen(t.Context(), "ginauth:{0}:log").Val(); left == 0 {
		t.Errorf("the log is empty: the logout was forgotten, %v after SIGTERM", time.Since(began))
	}
}
