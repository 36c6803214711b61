package main_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// outageLimit is how soon a node must answer during an outage. It includes some slack for
// pauses of the test machine.
const outageLimit = 3 * time.Second

// strictCheck makes a node ask Redis on every request. The default is a mirror.
const strictCheck = "REVOCATION_CHECK=strict"

// duringOutage checks what every route must answer while the store is down.
func duringOutage(t *testing.T, n *node, user tokens) {
	t.Helper()
	unavailable := func(q request) {
		got, err := n.try(t, q)
		if err != nil {
			t.Errorf("%s: %v", q.Path, err)
			return
		}
		checkRefusal(t, q, got, http.StatusServiceUnavailable, "unavailable")
		if got.took > outageLimit {
			t.Errorf("%s took %v", q.Path, got.took)
		}
	}
	logoutByRefresh := request{Method: "POST", Path: "/logout", Fields: map[string]any{"refresh_token": user.refresh}}
	var all sync.WaitGroup
	for _, q := range []request{
		loginRequest("user1", demo["user1"]), loginRequest("nobody", "x"), refreshRequest(user.refresh),
		post("/logout", user.access), logoutByRefresh, post("/logout/all", user.access),
		get("/protected", user.access), get("/protected/sessions", user.access), get("/hello", user.access), get("/readyz", ""),
	} {
		all.Go(func() { unavailable(q) })
	}
	all.Wait()
	n.refused(t, refreshRequest("rt1_junk"), http.StatusUnauthorized, "invalid_grant")
	n.refused(t, get("/protected", ""), http.StatusUnauthorized, "token_missing")
	n.refused(t, get("/protected", "junk"), http.StatusUnauthorized, "token_invalid")
	n.ok(t, get("/hello", ""))
	n.ok(t, get("/healthz", ""))
}

// healed waits until the node is ready again without a restart.
func healed(t *testing.T, n *node) {
	t.Helper()
	eventually(t, 10*time.Second, func() bool {
		got, err := n.try(t, get("/readyz", ""))
		return err == nil && got.status == http.StatusOK
	})
}

func TestKilledRedisIs503AndHeals(t *testing.T) {
	t.Parallel()
	server := realRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	n := start(t, server.url(), strictCheck)
	user := n.login(t, "user1")
	server.kill()
	duringOutage(t, n, user)
	server.start(t)
	healed(t, n)
	n.alive(t, user.access)
	user = tokensOf(n.ok(t, refreshRequest(user.refresh)))
	n.ok(t, post("/logout", user.access))
	n.dead(t, user.access)
	n.login(t, "user2")
}

func TestPausedRedisIs503AndWhatWasGivenUpNeverHappens(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), strictCheck)
	user := n.login(t, "user1")
	server.pause(t)
	duringOutage(t, n, user)
	server.resume(t)
	healed(t, n)
	n.alive(t, user.access) // the logouts that were answered with 503 did not happen
	n.ok(t, refreshRequest(user.refresh))
}

func TestRedisThatLostItsDataLogsOutAndKeepsTheDemoUsers(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), strictCheck)
	user := n.login(t, "user1")
	server.kill()
	server.start(t)
	healed(t, n)
	n.dead(t, user.access)
	n.deadRefresh(t, user.refresh)
	n.alive(t, n.login(t, "user1").access)
}

// Each check writes to every shard of Redis, and /readyz is open to everybody.
func TestStrangersAtReadyzDoNotMakeRedisWrite(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url())
	healed(t, n)
	rdb := server.client(t)
	if err := rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	asked, begun := 0, time.Now()
	for ; time.Since(begun) < time.Second; asked++ {
		n.ok(t, get("/readyz", ""))
	}
	stats, err := rdb.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	var writes int
	_, hset, _ := strings.Cut(stats, "cmdstat_hset:")
	if _, err := fmt.Sscanf(hset, "calls=%d", &writes); err != nil {
		t.Fatal(err, stats)
	}
	if most := int(2 + time.Since(begun)/(250*time.Millisecond)); writes > most || asked < 4*most {
		t.Errorf("%d writes for %d requests, want at most %d", writes, asked, most)
	}
}

func TestStartWithoutRedisNeverFallsBackToMemory(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	server.kill()
	n := start(t, server.url())
	n.refused(t, get("/readyz", ""), http.StatusServiceUnavailable, "unavailable")
	n.refused(t, loginRequest("user1", demo["user1"]), http.StatusServiceUnavailable, "unavailable")
	server.start(t)
	healed(t, n)
	n.alive(t, n.login(t, "user1").access)
}

func TestAllowServesProtectedRoutesAndNothingElse(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := start(t, server.url(), "ON_STORE_DOWN=allow")
	user := n.login(t, "user1")
	server.kill()
	n.alive(t, user.access)
	n.refused(t, get("/protected", "junk"), http.StatusUnauthorized, "token_invalid")
	for _, q := range []request{
		loginRequest("user1", demo["user1"]), refreshRequest(user.refresh), post("/logout", user.access), get("/protected/sessions", user.access),
	} {
		n.refused(t, q, http.StatusServiceUnavailable, "unavailable")
	}
}

func TestARedisThatEvictsIsNamedInTheLog(t *testing.T) {
	t.Parallel()
	n := start(t, realRedis(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru").url())
	eventually(t, 10*time.Second, func() bool { return strings.Contains(n.stderr.String(), "maxmemory-policy allkeys-lru") })
}
