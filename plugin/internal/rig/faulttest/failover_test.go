//go:build unix

package faulttest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// failoverTime bounds the election of a new master.
const failoverTime = 30 * time.Second

func TestSentinelFailsOver(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	w := start(t, settings{Addrs: rig.Addrs, Master: redistest.MasterName}, nil)
	defer w.judge()
	for round := range rounds() {
		w.failover(round, rig.Master(t), func(old *redistest.Process) bool {
			master := rig.Master(t)
			return master != old && master.IsMaster()
		})
	}
}

func TestClusterFailsOver(t *testing.T) {
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no other node to fail over to")
	}
	w := start(t, settings{Addrs: rig.Addrs, Cluster: true}, nil)
	defer w.judge()
	for round := range rounds() {
		shard := fmt.Sprintf("ginauth:{%d}", round)
		w.failover(round, rig.MasterOf(t, shard), func(old *redistest.Process) bool {
			return rig.InOrder() && rig.MasterOf(t, shard) != old
		})
	}
}

// failover kills a master, usually after it has lost its replica. Whatever it acknowledged
// after that is lost. Some of it is known to all nodes, some to only one.
func (w *world) failover(round int, master *redistest.Process, over func(old *redistest.Process) bool) {
	w.t.Helper()
	f := history.Fault{Name: "failover"}
	if loses := round%3 != 1; loses {
		f.Name, f.Loses, f.LostSince = "failover with lost writes", true, w.rec.Now()
		master.CutReplicas(w.t)
		time.Sleep(w.promise.MaxStaleness + time.Second)
	}
	w.fault(f, false, 0, master.Stop, func() {
		w.await("another master", func() bool { return over(master) })
	})
	w.replaced(w.anyNode()) // a new node knows only what the other nodes wrote back to the store
	if round == rounds()-1 {
		w.wantHealing()
		return
	}
	master.Restart()
	w.await("the old master is a replica", func() bool { return !master.IsMaster() && master.InStep() })
}

func (w *world) await(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(failoverTime); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("timed out waiting: %s", what)
		}
	}
}
