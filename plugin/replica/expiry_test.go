package replica_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/replica"
	"github.com/ginauth/ginauth/plugin/session"
)

// ends brings a Replica to know an entry of every kind, by its own doing or by
// another's.
func knowing(t *testing.T, c *clock, f *faulty, own bool) (*replica.Replica, victims) {
	t.Helper()
	r := ready(t, f, replica.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	v := newVictims(t, r)
	by := session.Store(f)
	if own {
		by = r
	}
	v.revoke(t, by)
	revoke(t, by, session.Revocation{Kind: session.KindAll})
	eventually(t, "all is known", func() bool { return r.Status().Entries == 4 })
	return r, v
}

func TestEntriesAreDroppedAfterTheirEndAndNeverBefore(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]bool{"own": true, "of others": false} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			f := behindFaults(memory(c))
			r, _ := knowing(t, c, f, own)
			c.Advance(retain - time.Millisecond)
			time.Sleep(600 * time.Millisecond) // the sweep has gone round; nothing may happen
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

// The copy's own clock stands still all the while: time has not passed.
func TestJumpsOfTheStoresClockEndNothing(t *testing.T) {
	t.Parallel()
	for name, jump := range map[string]time.Duration{"forward": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			f := behindFaults(memory(c))
			f.state = func(*session.LogState) {}
			r, v := knowing(t, c, f, false)
			f.set(func(f *faulty) { f.state = func(st *session.LogState) { st.Now = st.Now.Add(jump) } })
			eventually(t, "it is noticed", func() bool { return errors.Is(r.Status().Shards[0].Cause, replica.ErrClockJumped) })
			eventually(t, "in step again", r.Ready)
			time.Sleep(600 * time.Millisecond) // the sweep has gone round; nothing may happen
			if n := r.Status().Entries; n != 4 || !v.dead(t, r) {
				t.Errorf("%d entries are known, want 4", n)
			}
		})
	}
}

// A failover to a server whose clock is ahead: what is put back lives there as long
// as it should.
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
		if left < retain || left > retain+3*time.Second {
			t.Errorf("kind %d lives %v longer, want %v", e.Kind, left, retain)
		}
	}
	eventually(t, "in step", r.Ready)
}
