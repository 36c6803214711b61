//go:build unix

package redistest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// realCluster starts a Cluster with a hundred keys of one slot and a hundred of any slot.
func realCluster(t *testing.T) (*redistest.ClusterRig, redis.UniversalClient) {
	t.Helper()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no slots to move")
	}
	rdb := rig.Client(t, nil)
	for i := range 100 {
		for _, key := range []string{fmt.Sprintf("{one}:%d", i), fmt.Sprint("any:", i)} {
			if err := rdb.Set(t.Context(), key, key, 0).Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return rig, rdb
}

func whole(t *testing.T, rig *redistest.ClusterRig, rdb redis.UniversalClient) {
	t.Helper()
	for i := range 100 {
		for _, key := range []string{fmt.Sprintf("{one}:%d", i), fmt.Sprint("any:", i)} {
			if got, err := rdb.Get(t.Context(), key).Result(); got != key {
				t.Fatalf("%s: %q %v", key, got, err)
			}
		}
	}
	rig.AwaitSlots(t)
}

func TestReshardAndRebalanceMoveKeysAndSayWhetherTheyFailed(t *testing.T) {
	t.Parallel()
	rig, rdb := realCluster(t)
	from, to := rig.Nodes[0], rig.Nodes[1]
	if said, err := rig.Reshard(t.Context(), 1, from, from); err == nil {
		t.Errorf("a master gave a slot to itself:\n%s", said)
	}
	if said, err := rig.Reshard(t.Context(), 300, from, to); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if got := rig.MasterOf(t, "{3560}"); got != to { // slot 0
		t.Errorf("the first slot is at %s, want %s", got.Addr(), to.Addr())
	}
	whole(t, rig, rdb)
	if said, err := rig.Rebalance(t.Context()); err != nil || !strings.Contains(said, "Moving 300 slots") {
		t.Fatalf("%v\n%s", err, said)
	}
	whole(t, rig, rdb)
}

// In the middle of a move a key is at one of the two nodes, and never at both.
func TestASlotIsMovedInPieces(t *testing.T) {
	t.Parallel()
	rig, rdb := realCluster(t)
	to := rig.AddMaster(t)
	var seen []string
	move := rig.Move(t, "{one}", to)
	move.InPieces(30, func(moved int) {
		seen = append(seen, fmt.Sprint(moved))
		if left := len(move.Keys(1000)); moved+left != 100 {
			t.Errorf("%d keys moved and %d are left, want 100 together", moved, left)
		}
		if got, err := rdb.Get(t.Context(), "{one}:0").Result(); got != "{one}:0" {
			t.Errorf("after %d keys: %q %v", moved, got, err)
		}
	})
	if got := strings.Join(seen, " "); got != "0 30 60 90 100" {
		t.Errorf("pieces: %s", got)
	}
	if got := rig.MasterOf(t, "{one}"); got != to {
		t.Errorf("the slot is at %s, want %s", got.Addr(), to.Addr())
	}
	whole(t, rig, rdb)
}

func TestAReplicaIsPromotedWhileItsMasterStaysUp(t *testing.T) {
	t.Parallel()
	old := redistest.Real(t)
	rdb := redistest.Client(t, old.Addr(), nil)
	replica := old.Replica(t)
	if err := rdb.Set(t.Context(), "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	replica.Promote(t)
	if !replica.IsMaster() || !old.IsMaster() {
		t.Fatal("want two masters")
	}
	if got, err := redistest.Client(t, replica.Addr(), nil).Get(t.Context(), "key").Result(); got != "value" {
		t.Errorf("the promoted replica: %q %v", got, err)
	}
	old.Strand(t)
	if err := rdb.Set(t.Context(), "key", "other", 0).Err(); !redis.HasErrorPrefix(err, "READONLY") {
		t.Errorf("a stranded server takes writes: %v", err)
	}
	if got, err := rdb.Get(t.Context(), "key").Result(); got != "value" {
		t.Errorf("a stranded server: %q %v", got, err)
	}
}
