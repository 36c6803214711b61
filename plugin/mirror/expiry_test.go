package mirror_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// ends makes a Mirror know one entry of every kind, from its own revocation or from another
// node's.
func knowing(t *testing.T, c *clock, f *faulty, own bool) (*mirror.Mirror, victims) {
	t.Helper()
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	v := newVictims(t, r)
	by := session.Store(f)
	if own {
		by = r
	}
	v.revoke(t, by)
	revoke(t, by, session.Revocation{Kind: session.KindAll})
	eventually(t, "all is known", func() bool { return r.Status().Entries == 4 })
	st, err := f.State(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the node has read when they end", func() bool { return !r.Status().Shards[0].Applied.Before(st.Last) })
	return r, v
}

func TestEntriesAreDroppedAfterTheirEndAndNeverBefore(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"own": true, "of others": false} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			f := behindFaults(memory(c))
			r, _ := knowing(t, c, f, own)
			c.Advance(life - time.Millisecond)
			time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
			if n := r.Status().Entries; n != 4 {
				t.Errorf("a millisecond before its end %d entries are known, want 4", n)
			}
			c.Advance(10 * time.Second)
			eventually(t, "all is forgotten", func() bool { return r.Status().Entries == 0 })
			eventually(t, "in step", r.Ready)
			late := login(t, r, "late")
			if err := r.Check(t.Context(), probe(late)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The mirror's own clock stands still, so no time has passed.
func TestJumpsOfTheStoresClockEndNothing(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			f := behindFaults(memory(c))
			f.state = func(*session.LogState) {}
			r, v := knowing(t, c, f, false)
			f.set(func(f *faulty) { f.state = func(st *session.LogState) { st.Now = st.Now.Add(jump) } })
			eventually(t, "it is noticed", func() bool { return errors.Is(r.Status().Shards[0].Cause, mirror.ErrClockJumped) })
			eventually(t, "in step again", r.Ready)
			time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
			if n := r.Status().Entries; n != 4 || !v.dead(t, r) {
				t.Errorf("%d entries are known, want 4", n)
			}
		})
	}
}

// After a failover to a server whose clock is ahead, the entries that are put back live there
// as long as they should.
func TestWhatIsPutBackKeepsItsTimeLeft(t *testing.T) {
	c, ahead := newClock(), newClock()
	f := behindFaults(memory(c))
	r, v := knowing(t, c, f, true)
	ahead.Advance(time.Hour)
	other := memory(ahead)
	f.set(func(f *faulty) { f.inner = other })
	eventually(t, "healed", func() bool { return v.holds(logOf(t, other)) })
	for _, e := range logOf(t, other) {
		left := e.Until.Sub(ahead.Now())
		if left < life || left > life+3*time.Second {
			t.Errorf("kind %d lives %v longer, want %v", e.Kind, left, life)
		}
	}
	eventually(t, "in step", r.Ready)
}

// The entries of thousands of sessions end in three waves. Entries that have not ended stay
// known, those that have ended are forgotten, and sessions without an entry are never refused.
func TestEntriesThatEndLeaveTheOthersKnown(t *testing.T) {
	t.Parallel()
	const waves, each = 3, 4000
	c := newClock()
	store := memory(c)
	r := ready(t, store, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	var ids [waves][]session.ID
	for i := range waves * each {
		id := session.NewID(c.Now(), 0)
		wave := i % waves
		ids[wave] = append(ids[wave], id)
		_, err := store.Revoke(t.Context(), session.Revocation{
			Kind: session.KindSession, ID: id, Until: c.Now().Add(time.Duration(wave+1) * life),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for gone := range waves + 1 {
		eventually(t, "as many are known as have not ended", func() bool { return r.Status().Entries == (waves-gone)*each })
		for wave := range waves {
			for _, id := range ids[wave] {
				if known := refused(t, r, session.Probe{ID: id, Subject: "alice"}); known != (wave >= gone) {
					t.Fatalf("after %d waves an entry of wave %d: known %v", gone, wave, known)
				}
			}
		}
		for range each {
			if err := r.Check(t.Context(), session.Probe{ID: session.NewID(c.Now(), 0), Subject: "alice"}); err != nil {
				t.Fatalf("a session that nobody revoked: %v", err)
			}
		}
		c.Advance(life + 6*time.Second) // clockSlack is 5 s
	}
}
