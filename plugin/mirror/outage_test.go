package mirror_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestStartWhileTheStoreIsDown(t *testing.T) {
	store := memstore.New()
	v := newVictims(t, store)
	v.revoke(t, store)
	f := behindFaults(store)
	f.cut = true
	r := open(t, f, quick())
	j := journalOf(r)
	eventually(t, "the error is told", func() bool { return j.count(session.NoticeError) > 0 })
	st := r.Status()
	if r.Ready() || st.Shards[0].State != mirror.Loading || !errors.Is(st.Shards[0].Err, errCut) {
		t.Errorf("status %+v", st)
	}
	if err := r.Ping(t.Context()); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, errCut) {
		t.Errorf("Ping: %v", err)
	}
	if err := r.Check(t.Context(), probe(v.spared)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Check: %v, want ErrUnavailable", err)
	}
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "it heals by itself", r.Ready)
	asked := f.count(&f.checks)
	if !v.dead(t, r) {
		t.Error("revoked before this node started, and not refused")
	}
	v.othersLive(t, r)
	if err := r.Ping(t.Context()); err != nil || f.count(&f.checks) != asked {
		t.Errorf("Ping: %v, the store was asked %d times", err, f.count(&f.checks)-asked)
	}
	if n := j.count(session.NoticeError); n != 1 {
		t.Errorf("%d error events of one outage", n)
	}
}

func TestRevocationMadeWhileLoadingIsKnown(t *testing.T) {
	f := behindFaults(memstore.New())
	f.noRead = true
	v := newVictims(t, f)
	revoke(t, f, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	r := open(t, f, quick())
	for _, rev := range v.revocations()[:2] {
		revoke(t, r, rev)
	}
	f.set(func(f *faulty) { f.cut = true })
	for _, p := range v.probes()[:2] {
		if !refused(t, r, p) {
			t.Error("a revocation that this node made is not refused")
		}
	}
}

// The clock stands still, so the bound is exact.
func TestStaleCopyAsksTheStoreAndThenFails(t *testing.T) {
	c := newClock()
	f := behindFaults(memory(c))
	r := ready(t, f, mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	j := journalOf(r)
	v := newVictims(t, r)
	v.revoke(t, r)
	f.set(func(f *faulty) { f.cut = true })
	c.Advance(5*time.Second - time.Millisecond)
	v.othersLive(t, r)
	if n := f.count(&f.checks); n != 0 {
		t.Errorf("within the bound the store was asked %d times", n)
	}
	c.Advance(time.Millisecond)
	if err := r.Check(t.Context(), probe(v.spared)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("past the bound: %v, want ErrUnavailable", err)
	}
	if st := r.Status(); st.InStep || st.Shards[0].State != mirror.Stale || st.Lag != 5*time.Second {
		t.Errorf("status %+v", st)
	}
	if !v.dead(t, r) {
		t.Error("a stale copy forgot what it knew")
	}
	eventually(t, "it is told", func() bool { return j.count(session.NoticeStale) == 1 })
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "it heals by itself", r.Ready)
	v.othersLive(t, r)
	if n := j.count(session.NoticeInStep); n != 2 {
		t.Errorf("%d times in step, want 2", n)
	}
}

// A store that does not answer is harder to notice than one that fails.
func TestHangingStoreMakesTheCopyStale(t *testing.T) {
	t.Parallel()
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := login(t, r, "alice")
	f.set(func(f *faulty) { f.hang = true })
	eventually(t, "it goes stale", func() bool { return !r.Ready() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Check(ctx, probe(sess)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Check: %v, want ErrUnavailable", err)
	}
	f.set(func(f *faulty) { f.hang = false })
	eventually(t, "it heals by itself", r.Ready)
}

// A node that is back in step knows the revocations made while it was cut off.
func TestNodeThatWasCutOffCatchesUp(t *testing.T) {
	store := memstore.New()
	f := behindFaults(store)
	r := ready(t, f, quick())
	v := newVictims(t, r)
	f.set(func(f *faulty) { f.cut = true })
	v.revoke(t, store)
	eventually(t, "it goes stale", func() bool { return !r.Ready() })
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "it is back", r.Ready)
	f.set(func(f *faulty) { f.cut = true })
	if !v.dead(t, r) {
		t.Error("in step without what was revoked meanwhile")
	}
}

func TestSilentWaitingReadIsBrokenOff(t *testing.T) {
	store := memstore.New()
	f := behindFaults(store)
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Minute, Heartbeat: 20 * time.Millisecond})
	for range 3 {
		v := newVictims(t, store)
		began := time.Now()
		v.revoke(t, store)
		eventually(t, "it is heard all the same", func() bool { return v.dead(t, r) })
		if took := time.Since(began); took > 900*time.Millisecond { // the read itself waits for a second
			t.Errorf("heard after %v", took)
		}
	}
}

func TestDeafReaderIsNotTrustedForLong(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	f := behindFaults(store)
	f.deaf, f.noRead = true, true
	r := ready(t, f, quick())
	sess := login(t, store, "alice")
	revoke(t, store, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	eventually(t, "the store is asked", func() bool { return refused(t, r, probe(sess)) })
	if f.count(&f.checks) == 0 {
		t.Error("heard through a reader that hears nothing")
	}
}

func TestCloseEndsEverythingAndIsIdempotent(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for range 2 {
		if err := r.Close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	reads := f.count(&f.reads)
	eventually(t, "the copy is no longer trusted", func() bool { return !r.Ready() })
	if now := f.count(&f.reads); now != reads {
		t.Errorf("%d reads after Close", now-reads)
	}
	sess := login(t, r, "alice")
	if err := r.Check(t.Context(), probe(sess)); err != nil || f.count(&f.checks) != 1 {
		t.Errorf("after Close: %v, the store was asked %d times", err, f.count(&f.checks))
	}
}
