package mirror_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

const slack = 5 * time.Second // beyond what is needed

// A node accepts access tokens for a minute after their exp.
func TestEntriesAreKeptForTheLeewayBeyondTheirEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	f := behindFaults(memory(c))
	r, v := knowing(t, c, f, false)
	r.Keep(time.Minute)
	r.Keep(time.Second) // the longest counts
	c.Advance(life + time.Minute)
	time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
	if n := r.Status().Entries; n != 4 || !v.dead(t, r) {
		t.Errorf("%d entries are known, want 4", n)
	}
	fresh := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	fresh.Keep(time.Minute)
	if !v.dead(t, fresh) {
		t.Error("a new node leaves out what has ended and still counts")
	}
	c.Advance(slack + 2*time.Second)
	eventually(t, "all is forgotten", func() bool { return r.Status().Entries == 0 && fresh.Status().Entries == 0 })
}

// What was dropped is still in the log.
func TestALongerLeewayBringsBackWhatWasDropped(t *testing.T) {
	t.Parallel()
	c := newClock()
	f := behindFaults(memory(c))
	r, v := knowing(t, c, f, false)
	c.Advance(life + slack + 2*time.Second)
	eventually(t, "all is forgotten", func() bool { return r.Status().Entries == 0 })
	r.Keep(time.Minute)
	eventually(t, "in step", r.Ready)
	if !v.dead(t, r) {
		t.Error("a token is accepted again")
	}
	if cause := r.Status().Shards[0].Cause; cause == nil || cause.Error() != mirror.ErrKeptTooShort.Error() {
		t.Errorf("cause %v", cause)
	}
}

// As ginauth.New does.
func TestALeewayToldAtTheStartReadsNothingAgain(t *testing.T) {
	t.Parallel()
	c := newClock()
	store := memory(c)
	v := newVictims(t, store)
	v.revoke(t, store)
	c.Advance(life + 30*time.Second)
	r := open(t, store, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	eventually(t, "it is read", func() bool { return r.Status().Entries == 3 })
	r.Keep(time.Minute)
	j := journalOf(r)
	eventually(t, "in step", r.Ready)
	time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
	if !v.dead(t, r) || j.count(session.NoticeResync) != 0 {
		t.Errorf("%d entries; read again %d times", r.Status().Entries, j.count(session.NoticeResync))
	}
}

// By this machine's clock a token is valid for three minutes longer than by the store's.
func TestEntriesAreKeptForAsLongAsThisClockIsBehind(t *testing.T) {
	t.Parallel()
	ours, theirs := newClock(), newClock()
	theirs.Advance(3 * time.Minute)
	store := memory(theirs)
	v := newVictims(t, store)
	r := ready(t, store, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 5 * time.Millisecond, Now: ours.Now})
	v.revoke(t, store)
	eventually(t, "it is known", func() bool { return v.dead(t, r) })
	pass := func(d time.Duration) { ours.Advance(d); theirs.Advance(d) }
	pass(life + 3*time.Minute - time.Second)
	time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
	if !v.dead(t, r) {
		t.Error("forgotten while tokens are accepted")
	}
	pass(slack + 3*time.Second)
	eventually(t, "all is forgotten", func() bool { return r.Status().Entries == 0 })
}

// This node revokes, and knows nothing of the long token of the session that another node has
// minted. It does not hear the log.
func TestOwnRevocationIsNotForgottenBeforeTheLogTellsItsEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	f := behindFaults(memory(c))
	long := creation(f, "alice")
	long.TokenEnd = c.Now().Add(2 * time.Hour)
	created, err := f.Create(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: 24 * time.Hour, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	f.set(func(f *faulty) { f.noRead, f.noState = true, true })
	revoke(t, r, session.Revocation{Kind: session.KindSession, ID: created.Session.ID})
	c.Advance(time.Hour)
	time.Sleep(600 * time.Millisecond) // a whole sweep; nothing may happen
	if !refused(t, r, probe(created.Session)) {
		t.Error("forgotten while another node's token is valid")
	}
	f.repair()
	c.Advance(time.Hour)
	eventually(t, "it is read", func() bool { return r.Status().Shards[0].Applied.MS > 0 })
	c.Advance(slack + 2*time.Second)
	eventually(t, "it is forgotten at the end that the log tells", func() bool { return r.Status().Entries == 0 })
}

// Another node may accept tokens for longer, so what has ended is put back too.
func TestWhatHasEndedAndStillCountsIsPutBack(t *testing.T) {
	c := newClock()
	f := behindFaults(memory(c))
	r, v := knowing(t, c, f, false)
	r.Keep(time.Minute)
	c.Advance(life + 30*time.Second)
	other := memory(c)
	f.set(func(f *faulty) { f.inner = other })
	eventually(t, "healed", func() bool { return v.holds(logOf(t, other)) })
}
