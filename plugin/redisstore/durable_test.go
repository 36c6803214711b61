package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestWaitReplicasAcknowledgesWhatAReplicaHas(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	s := newStore(t, redistest.Client(t, rig.Nodes[0].Addr(), redisstore.Tune), redisstore.Options{WaitReplicas: 1})
	ctx := t.Context()
	sess, other := login(t, s, "alice"), login(t, s, "alice")
	revoke := session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)}
	rig.Nodes[1].Pause()
	defer rig.Nodes[1].Resume()
	for range 2 { // the second finds it done, which does not make it safe
		begun := time.Now()
		if _, err := s.Revoke(ctx, revoke); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("without a replica: %v", err)
		}
		if took := time.Since(begun); took > 2500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	}
	if err := s.Check(ctx, session.Probe{ID: sess.ID, Token: session.NewTokenID(), Subject: "alice"}); !errors.Is(err, session.ErrRevoked) {
		t.Errorf("the revocation does not stand: %v", err)
	}
	login(t, s, "alice") // a login revokes nothing and does not wait
	rig.Nodes[1].Resume()
	eventually(t, func() bool {
		_, err := s.Revoke(ctx, revoke)
		return err == nil
	})
	revoke.ID = other.ID
	if n, err := s.Revoke(ctx, revoke); n != 1 || err != nil {
		t.Errorf("with the replica: %d, %v", n, err)
	}
}

// eventually waits for something that the servers do by themselves.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("did not happen in time")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestDurableRevocationSurvivesScriptFlush(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	rdb := redistest.Client(t, rig.Nodes[0].Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{WaitReplicas: 1})
	sess := login(t, s, "alice")
	if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { // the replica may still be joining
		_, err := s.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)})
		return err == nil
	})
}

// A failover may undo only revocations that were never confirmed.
func TestDurableRevocationSurvivesAFailover(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	s := newStore(t, rig.Client(t, redisstore.Tune), redisstore.Options{WaitReplicas: 1})
	probes := make([]session.Probe, 12)
	for i := range probes {
		sess := login(t, s, "alice")
		probes[i] = session.Probe{ID: sess.ID, Token: session.NewTokenID(), Subject: "alice"}
	}
	rig.AwaitReplicas(t)
	revoke := func(p session.Probe) error {
		_, err := s.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: p.ID, Until: time.Now().Add(retain)})
		return err
	}
	kept, lost := probes[:10], probes[10:]
	for _, p := range kept {
		if err := revoke(p); err != nil {
			t.Fatal(err)
		}
	}
	rig.Nodes[0].CutReplicas(t)
	for _, p := range lost {
		if err := revoke(p); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("acknowledged without a replica: %v", err)
		}
	}
	rig.Nodes[0].Stop()
	var err error
	eventually(t, func() bool {
		err = s.Check(t.Context(), kept[0])
		return !errors.Is(err, session.ErrUnavailable)
	})
	for _, p := range kept {
		if err := s.Check(t.Context(), p); !errors.Is(err, session.ErrRevoked) {
			t.Errorf("an acknowledged revocation after the failover: %v", err)
		}
	}
	for _, p := range lost {
		if err := s.Check(t.Context(), p); err != nil {
			t.Errorf("nothing was lost, so nothing was shown: %v", err)
		}
	}
}
