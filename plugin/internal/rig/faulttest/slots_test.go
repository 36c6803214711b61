//go:build unix

package faulttest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// moves returns the fault in which slots move. Everything but checks may be 503.
func moves(name string) history.Fault {
	return history.Fault{Name: name, Spares: []history.Kind{history.Use}}
}

// onCluster makes a world on a Cluster. Its nodes answer again as soon as a slot has moved.
func onCluster(t *testing.T) (*world, *redistest.ClusterRig) {
	t.Helper()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no slots to move")
	}
	w := start(t, settings{Addrs: rig.Addrs, Cluster: true}, nil)
	w.promise.Healing = time.Second
	return w, rig
}

// A slot moves so slowly that many requests see it in the middle of its move.
func TestASlotMovesUnderLoad(t *testing.T) {
	w, rig := onCluster(t)
	defer w.judge()
	before := w.epochs(rig)
	to := rig.AddMaster(t)
	for round := range 2 * rounds() {
		from := rig.Nodes[round%3]
		w.fault(moves("a slot moves slowly"), false, 0, func() { w.moveSlowly(rig, from, to) }, nothing)
	}
	rig.AwaitSlots(t)
	w.wantEpochs(rig, before)
}

// moveSlowly moves the slot of any key of a master, in a second and a half.
func (w *world) moveSlowly(rig *redistest.ClusterRig, from, to *redistest.Process) {
	w.t.Helper()
	rdb := redistest.Client(w.t, from.Addr(), nil)
	key, err := rdb.RandomKey(w.t.Context()).Result()
	if err != nil {
		w.t.Errorf("the master at %s has no key to move: %v", from.Addr(), err)
		return
	}
	m := rig.Move(w.t, key, to)
	const pieces = 6
	m.InPieces(len(m.Keys(1<<20))/pieces+1, func(int) { time.Sleep(1500 * time.Millisecond / pieces) })
}

// epochs returns the epoch of every shard's log.
func (w *world) epochs(rig *redistest.ClusterRig) []string {
	w.t.Helper()
	rdb := rig.Client(w.t, func(o *redis.UniversalOptions) { redisstore.Tune(o) })
	store, err := redisstore.New(rdb, redisstore.Options{Shards: shards(rdb)})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = store.Close(context.Background()) }()
	var all []string
	for shard := range store.Shards() {
		state, err := store.State(w.t.Context(), shard)
		if err != nil {
			w.t.Errorf("shard %d: %v", shard, err)
		}
		all = append(all, state.Epoch)
	}
	return all
}

// wantEpochs fails the test if a log was begun anew. A log without an epoch has begun since.
func (w *world) wantEpochs(rig *redistest.ClusterRig, before []string) {
	w.t.Helper()
	after := w.epochs(rig)
	for shard, epoch := range before {
		if epoch != "" && epoch != after[shard] {
			w.t.Errorf("the log of shard %d was begun anew: epoch %q, before %q", shard, after[shard], epoch)
		}
	}
	if !slices.ContainsFunc(before, func(epoch string) bool { return epoch != "" }) {
		w.t.Error("no log had begun: nothing was shown")
	}
}
