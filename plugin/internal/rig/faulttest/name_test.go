//go:build unix

package faulttest_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// In these tests the name under which the nodes know Redis moves to a promoted replica. The old
// master stays up, and old connections to it stay open.

func TestANameMovesAndTheOldMasterTakesWrites(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.nameMoves("takes writes", true, nil, nil)
	}
}

func TestANameMovesAndTheOldMasterWantsReplicas(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.nameMoves("wants replicas", false, func(old *redistest.Server) {
			old.Configure(t, "min-replicas-to-write", "1")
		}, func(old, _ *redistest.Server) {
			rdb := redistest.Client(t, old.Addr(), nil)
			w.await("the old master refuses writes", func() bool {
				return redis.HasErrorPrefix(rdb.Set(t.Context(), "x", "x", 0).Err(), "NOREPLICAS")
			})
		})
	}
}

func TestANameMovesAndTheOldMasterIsReadOnly(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.nameMoves("is read-only", false, nil, func(old, _ *redistest.Server) { old.Strand(t) })
	}
}

func TestANameMovesAndTheOldMasterFollows(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.nameMoves("follows", false, nil, func(old, next *redistest.Server) { old.Follow(t, next) })
	}
}

// nameMoves moves the name. prepare is called while the old server is still the only master,
// demote right after another one has been promoted. Within MaxStaleness nobody believes the old
// one: what happens after that is judged as in peace, except for 503 until Healing is over.
func (w *world) nameMoves(what string, writable bool, prepare func(old *redistest.Server), demote func(old, next *redistest.Server)) {
	w.t.Helper()
	old := w.server
	next := old.Replica(w.t)
	if prepare != nil {
		prepare(old)
	}
	w.settle()
	// What the old master acknowledges while it is no longer the one that the name means is lost.
	lost := history.Fault{Name: "the old master " + what, Loses: true, LostSince: w.rec.Now()}
	lost.From = lost.LostSince
	w.fault(history.Fault{Name: "the name moves", Astray: true}, false, w.promise.MaxStaleness, func() {
		next.Promote(w.t)
		if demote != nil {
			demote(old, next)
		}
		w.moveName(next)
		if !writable {
			lost.To = w.rec.Now()
			w.rec.Fault(lost)
		}
	}, func() {
		if writable {
			lost.To = w.rec.Now()
			w.rec.Fault(lost)
		}
	})
	time.Sleep(w.promise.MaxStaleness) // load, while the old master could still mislead somebody
	w.settle()
}

// moveName makes every node's new connections, and those of new nodes, reach another server.
func (w *world) moveName(next *redistest.Server) {
	w.server = next
	for _, proxy := range w.proxies {
		proxy.Forward(next.Addr())
	}
}
