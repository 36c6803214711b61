//go:build unix

package faulttest_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// one makes a world with a single Redis. Each node reaches it through its own proxy.
func one(t *testing.T, arguments ...string) *world {
	t.Helper()
	return start(t, settings{}, redistest.Real(t, arguments...))
}

func TestRedisIsKilledAndPaused(t *testing.T) {
	t.Parallel()
	w := one(t, "--appendonly", "yes")
	defer w.judge()
	for range rounds() {
		w.redisAway(outage())
		w.revokeAll()
		w.redisPaused(outage())
		w.redisAway(0)
		w.redisPaused(300 * time.Millisecond)
	}
}

func TestRedisLosesItsData(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.redisFlushed()
		w.redisEmptied(0)
		w.revokeAll()
		w.replaced(w.anyNode()) // a new node knows only what the other nodes wrote back to Redis
		w.redisFlushed()
		w.redisEmptied(outage())
	}
	w.wantHealing()
}

func TestNodesAreCutOff(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for round := range rounds() {
		w.partitioned(w.living()[round%3])
		w.refused(w.living()[(round+1)%3])
	}
}

func TestLinksAreSlowAndHalfOpen(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for round := range rounds() {
		n := w.living()[round%3]
		w.halfOpen(n)
		w.slow(n, 100*time.Millisecond)
		w.slow(n, 800*time.Millisecond) // a round trip then takes longer than any timeout
	}
}

func TestNodesAreKilledAndPaused(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.paused(w.anyNode())
		for _, n := range w.living()[:2] {
			w.replaced(n)
		}
	}
}

// These faults happen together, or right after one another.
func TestFaultsInAnyOrder(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	faults := []func(){
		w.redisFlushed,
		func() { w.redisEmptied(outage() / 2) },
		func() { w.redisPaused(outage() / 2) },
		func() { w.partitioned(w.anyNode()) },
		func() { w.refused(w.anyNode()) },
		func() { w.halfOpen(w.anyNode()) },
		func() { w.slow(w.anyNode(), 300*time.Millisecond) },
		func() { w.paused(w.anyNode()) },
		func() { w.replaced(w.anyNode()) },
		w.revokeAll,
	}
	count := 3
	if long() {
		count = 5 * len(faults)
	}
	w.calm = 100 * time.Millisecond
	for i := range count {
		if i%len(faults) == 0 {
			rand.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
		}
		faults[i%len(faults)]()
	}
	w.calm = time.Second
	w.settle()
}

func nothing() {}

// redisAway kills Redis and starts it again. Data that it saved to a file survives.
func (w *world) redisAway(d time.Duration) {
	w.fault(history.Fault{Name: "Redis killed, its data kept"}, d > 0, d, w.server.Stop, w.server.Restart)
}

// redisEmptied kills a Redis without a file, so that its data is lost, and starts it again.
func (w *world) redisEmptied(d time.Duration) {
	w.fault(history.Fault{Name: "Redis restarted empty", Loses: true}, d > 0, d, w.server.Stop, w.server.Restart)
}

func (w *world) redisPaused(d time.Duration) {
	w.fault(history.Fault{Name: "Redis paused"}, true, d, w.server.Pause, w.server.Resume)
}

func (w *world) redisFlushed() {
	rdb := redistest.Client(w.t, w.server.Addr(), nil)
	w.fault(history.Fault{Name: "FLUSHALL", Loses: true}, false, 0, func() {
		if err := rdb.FlushAll(w.t.Context()).Err(); err != nil {
			w.t.Error(err)
		}
	}, nothing)
}

// partitioned drops all packets between a node and Redis.
func (w *world) partitioned(n *node) {
	proxy := w.proxies[n.Name]
	w.fault(history.Fault{Name: "partition", Nodes: []string{n.Name}}, true, outage(), proxy.Hold, proxy.Heal)
}

func (w *world) refused(n *node) {
	proxy := w.proxies[n.Name]
	w.fault(history.Fault{Name: "connections refused", Nodes: []string{n.Name}}, true, outage(), proxy.Refuse, proxy.Heal)
}

func (w *world) halfOpen(n *node) {
	w.fault(history.Fault{Name: "half-open", Nodes: []string{n.Name}}, false, 0, w.proxies[n.Name].Silence, nothing)
}

func (w *world) slow(n *node, d time.Duration) {
	proxy := w.proxies[n.Name]
	w.fault(history.Fault{Name: "slow by " + d.String(), Nodes: []string{n.Name}}, false, outage(), func() { proxy.Delay(d) }, proxy.Heal)
}

// paused suspends a node. When it resumes, it must not trust its mirror.
func (w *world) paused(n *node) {
	w.fault(history.Fault{Name: "node paused", Nodes: []string{n.Name}}, false, 0, func() { w.pause(n, outage()) }, nothing)
}

// replaced kills a node during its work and starts another one.
func (w *world) replaced(n *node) {
	w.kill(n)
	w.launch(n.Strict)
	w.settle()
}

// wantHealing fails the test unless nodes have written revocations back. Without that, nothing
// was lost and the test has shown nothing.
func (w *world) wantHealing() {
	w.t.Helper()
	if !slices.ContainsFunc(w.ever, func(n *node) bool { return n.log.contains("kind=healed") }) {
		w.t.Error("no node has put anything back")
	}
}
