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

// lively is quick with a bound that no test reaches by accident.
func lively() mirror.Options {
	return mirror.Options{MaxStaleness: time.Minute, Heartbeat: 20 * time.Millisecond}
}

// knownRevocations makes n revocations and returns probes of them.
func knownRevocations(t testing.TB, s session.Store, n int) []session.Probe {
	t.Helper()
	probes := make([]session.Probe, n)
	for i := range probes {
		id := session.NewID(time.Now(), 0)
		revoke(t, s, session.Revocation{Kind: session.KindSession, ID: id})
		probes[i] = session.Probe{ID: id, Subject: "alice"}
	}
	return probes
}

func countPassed(t testing.TB, s session.Store, probes []session.Probe) (n int) {
	t.Helper()
	for _, p := range probes {
		if err := s.Check(t.Context(), p); !errors.Is(err, session.ErrRevoked) && !errors.Is(err, session.ErrUnavailable) {
			n++
		}
	}
	return n
}

// Putting everything back takes much longer than a new node waits by itself. Nodes that start at
// any moment after the loss let nothing pass, whether from their copy or from the store.
func TestNodesThatStartWhileEntriesArePutBackLetNothingPass(t *testing.T) {
	t.Parallel()
	const entries, calls = 10_000, 50
	lives := behindFaults(memstore.New())
	lives.slow = 2 * 3 * time.Second / calls // two calls are under way: three seconds in all
	old := ready(t, lives, lively())
	probes := knownRevocations(t, old, entries)
	empty := memstore.New()
	lives.set(func(f *faulty) { f.inner = empty })
	began := time.Now()
	var fresh []*mirror.Mirror
	for step := range 5 {
		time.Sleep(time.Duration(step)*500*time.Millisecond - time.Since(began))
		fresh = append(fresh, open(t, behindFaults(empty), lively()))
	}
	for _, r := range fresh {
		eventually(t, "the new node is in step", func() bool {
			if n := countPassed(t, r, probes[:100]); n > 0 {
				t.Fatalf("%d of 100 revoked sessions pass, %v after the loss, in step: %v", n, time.Since(began), r.Ready())
			}
			return r.Ready()
		})
		if n := countPassed(t, r, probes); n > 0 {
			t.Errorf("a node in step lets %d revoked sessions pass", n)
		}
	}
	t.Logf("in step %v after the loss; %d of %d entries were back", time.Since(began), entriesOf(t, empty), entries)
	if !old.Ready() {
		t.Error("the node that was in step before the loss had to wait for others")
	}
}

// A node announced that it puts entries back, and died.
func TestNewNodeWaitsUntilAnAnnouncementHasEnded(t *testing.T) {
	t.Parallel()
	c := newClock()
	store := memory(c)
	if err := store.Restore(t.Context(), 0, nil); err != nil {
		t.Fatal(err)
	}
	o := quick()
	o.Now = c.Now
	r := open(t, store, o)
	c.Advance(session.RestoreHold - time.Millisecond)
	time.Sleep(time.Second) // more than a new node waits by itself; nothing may happen
	if r.Ready() {
		t.Error("in step while another node puts entries back")
	}
	c.Advance(time.Millisecond)
	eventually(t, "in step after the end of the announcement", r.Ready)
}

// A server takes over whose clock is an hour behind. It has an announcement by the clock of the
// server before, and nobody is at work.
func TestNewNodeHeedsNoAnnouncementByAnotherClock(t *testing.T) {
	t.Parallel()
	f := behindFaults(memstore.New())
	f.state = func(st *session.LogState) { st.Restoring = st.Now.Add(time.Hour + session.RestoreHold) }
	r := open(t, f, quick())
	eventually(t, "in step although the announcement ends in an hour", r.Ready)
}

// replaced puts another store behind f, in which a node goes on announcing itself.
func replaced(t *testing.T, c *clock, f *faulty) {
	t.Helper()
	other := memory(c)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = other.Restore(ctx, 0, nil)
			time.Sleep(time.Millisecond)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	f.set(func(f *faulty) { f.inner = other })
}

// The copy was complete at its last proof. What was revoked between that and the loss is covered
// by MaxStaleness, and no proof from the new log counts beyond it while others put back.
func TestNodeInStepUntilTheLossIsTrustedNoLongerThanBefore(t *testing.T) {
	c := newClock()
	f := behindFaults(memory(c))
	r := ready(t, f, mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	v := newVictims(t, r)
	v.revoke(t, r)
	replaced(t, c, f)
	eventually(t, "the loss is noticed", func() bool { return r.Status().Shards[0].Cause != nil })
	eventually(t, "in step again at once", r.Ready)
	c.Advance(5*time.Second - time.Millisecond)
	asked := f.count(&f.checks)
	v.othersLive(t, r)
	if n := f.count(&f.checks) - asked; n != 0 {
		t.Errorf("within the bound the store was asked %d times", n)
	}
	c.Advance(time.Millisecond)
	if _ = r.Check(t.Context(), probe(v.spared)); f.count(&f.checks) == asked || r.Ready() {
		t.Error("past the bound the copy is trusted although entries may be missing")
	}
	if !v.dead(t, r) {
		t.Error("a revoked token came back")
	}
}

func TestNodeThatWasStaleBeforeTheLossWaitsForTheOthers(t *testing.T) {
	c := newClock()
	first := memory(c)
	f := behindFaults(first)
	r := ready(t, f, mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	v := newVictims(t, r)
	v.revoke(t, r)
	f.set(func(f *faulty) { f.cut = true })
	missed := login(t, first, "carol")
	revoke(t, first, session.Revocation{Kind: session.KindSession, ID: missed.ID})
	c.Advance(5 * time.Second)
	replaced(t, c, f)
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "the log is read again", func() bool { return r.Status().Shards[0].Applied != session.Position{} })
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		if r.Ready() || !refused(t, r, probe(missed)) || !v.dead(t, r) {
			t.Fatal("trusted before those who know more have put it back")
		}
	}
}

// The announcement comes before the first read, and goes on as long as the log cannot be read.
func TestLossIsAnnouncedAtOnceAndForAsLongAsItTakes(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, lively())
	newVictims(t, r).revoke(t, r)
	empty := memstore.New()
	knownRevocations(t, empty, 1) // so that there is something to read
	f.set(func(f *faulty) { f.inner, f.noRead = empty, true })
	restoring := func() time.Time {
		st, err := empty.State(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		return st.Restoring
	}
	eventuallyIn(t, time.Second, "it is announced", func() bool { return !restoring().IsZero() })
	first := restoring()
	eventuallyIn(t, session.RestoreHold, "it is announced again", func() bool { return restoring().Sub(first) > 500*time.Millisecond })
	if n := f.count(&f.restored); n != 0 {
		t.Errorf("%d entries were put back although the log cannot be read", n)
	}
}
