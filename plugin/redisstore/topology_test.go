package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// failoverTime limits how long the store may be unavailable when a master dies: the
// servers take 2 to 4 s to agree on another.
const failoverTime = 20 * time.Second

func TestConformanceOnACluster(t *testing.T) {
	t.Parallel()
	conform(t, redistest.Cluster(t).Client(t, tunePatiently))
}

func TestConformanceBehindSentinels(t *testing.T) {
	t.Parallel()
	conform(t, redistest.Sentinel(t, 1).Client(t, tunePatiently))
}

func TestClusterFailoverIsHealedByItself(t *testing.T) {
	t.Parallel()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no other node to fail over to")
	}
	s := newStore(t, rig.Client(t, redisstore.Tune), redisstore.Options{})
	if s.Shards() != 64 {
		t.Errorf("%d shards on a Cluster, want 64", s.Shards())
	}
	sess := login(t, s, "carol")
	before := stateOf(t, s, sess)
	rig.AwaitReplicas(t)
	rig.MasterOf(t, "ginauth:{"+shardText(sess.ID)+"}").Stop()
	awaitHealed(t, s, sess)
	if after := stateOf(t, s, sess); after.Server == before.Server || after.Epoch != before.Epoch {
		t.Errorf("after a failover Server %q -> %q, Epoch %q -> %q; want another server, the same epoch",
			before.Server, after.Server, before.Epoch, after.Epoch)
	}
}

func TestSentinelFailoverIsHealedByItself(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	s := newStore(t, rig.Client(t, redisstore.Tune), redisstore.Options{})
	sess := login(t, s, "carol")
	before := stateOf(t, s, sess)
	rig.AwaitReplicas(t)
	rig.Master(t).Stop()
	awaitHealed(t, s, sess)
	if after := stateOf(t, s, sess); after.Server == before.Server || after.Epoch != before.Epoch {
		t.Errorf("after a failover Server %q -> %q, Epoch %q -> %q; want another server, the same epoch",
			before.Server, after.Server, before.Epoch, after.Epoch)
	}
}

// awaitHealed refreshes until it works again, with the same store.
func awaitHealed(t *testing.T, s *redisstore.Store, sess session.Session) {
	t.Helper()
	start := time.Now()
	for time.Since(start) < failoverTime {
		call := time.Now()
		r, err := s.Rotate(context.Background(), rotationOf(sess.ID, 1))
		if took := time.Since(call); took > 2500*time.Millisecond {
			t.Errorf("a refresh took %v during the failover", took)
		}
		if err == nil {
			if r.Outcome != session.OutcomeAdvanced && r.Outcome != session.OutcomeRetried {
				t.Errorf("outcome %d after the failover, want the session to live on", r.Outcome)
			}
			t.Logf("healed after %v", time.Since(start).Round(time.Millisecond))
			return
		}
		if !errors.Is(err, session.ErrUnavailable) {
			t.Fatalf("during the failover: %v, want ErrUnavailable", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("not healed within %v", failoverTime)
}
