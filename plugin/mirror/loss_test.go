package mirror_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// logOf returns all entries of a log.
func logOf(t *testing.T, s session.Log) []session.Entry {
	t.Helper()
	entries, _, err := s.Read(t.Context(), 0, session.Position{}, 1<<20, 0)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// holds reports whether the log has all revocations that v.revoke makes.
func (v victims) holds(log []session.Entry) bool {
	has := func(want func(session.Entry) bool) bool { return slices.ContainsFunc(log, want) }
	return has(func(e session.Entry) bool { return e.Kind == session.KindSession && e.ID == v.session.ID }) &&
		// A store that has lost the session logs the session for a token of it.
		has(func(e session.Entry) bool { return e.ID == v.token.ID }) &&
		has(func(e session.Entry) bool {
			return e.Kind == session.KindSubject && e.Subject == v.other && e.Cutoff.Ends(v.subject.ID) && !e.Cutoff.Ends(v.spared.ID)
		})
}

func TestLostDataIsPutBackByOneNode(t *testing.T) {
	t.Parallel()
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	j := journalOf(r)
	v := newVictims(t, r)
	v.revoke(t, r)
	eventually(t, "the log was followed", func() bool { return r.Status().Shards[0].Applied.MS > 0 })
	empty := memstore.New()
	f.set(func(f *faulty) { f.inner = empty })
	eventually(t, "healed", func() bool {
		if !v.dead(t, r) {
			t.Fatal("a revoked token came back")
		}
		return v.holds(logOf(t, empty))
	})
	eventually(t, "it is told", func() bool {
		return j.has(func(n session.Notice) bool { return n.Kind == session.NoticeHealed && n.Count == 3 }) &&
			j.has(resyncedFor(mirror.ErrEpochChanged))
	})
	eventually(t, "in step again", r.Ready)
	fresh := ready(t, empty, quick())
	if !v.dead(t, fresh) {
		t.Error("a new node has not heard of it")
	}
}

func TestLostDataIsPutBackByEightNodesOnce(t *testing.T) {
	const nodes, each = 8, 2000
	first := memstore.New()
	faults := make([]*faulty, nodes)
	mirrors := make([]*mirror.Mirror, nodes)
	for i := range nodes {
		faults[i] = behindFaults(first)
		mirrors[i] = ready(t, faults[i], mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 100 * time.Millisecond})
	}
	v := newVictims(t, first)
	v.revoke(t, first)
	for range each {
		revoke(t, first, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	}
	revoke(t, first, session.Revocation{Kind: session.KindAll})
	const want = each + 4
	for i, r := range mirrors {
		eventually(t, "all nodes know", func() bool { return r.Status().Entries == want })
		_ = i
	}
	empty := memstore.New()
	for _, f := range faults {
		f.set(func(f *faulty) { f.inner = empty })
	}
	began := time.Now()
	eventually(t, "healed", func() bool { return entriesOf(t, empty) >= want })
	t.Logf("healed %d entries after %v", want, time.Since(began))
	for _, r := range mirrors {
		eventually(t, "in step again", r.Ready)
		if !v.dead(t, r) {
			t.Error("a revoked token came back")
		}
	}
	restored := 0
	for _, f := range faults {
		restored += f.count(&f.restored)
	}
	t.Logf("%d entries were sent to be put back", restored)
	if n := entriesOf(t, empty); n > want+nodes {
		t.Errorf("%d entries in the log, want %d", n, want)
	}
	if !v.holds(logOf(t, empty)) {
		t.Error("something is missing")
	}
}

// The store acknowledges a write and loses it, and its log shows no sign of that. A split
// cluster does this.
func TestOwnRevocationThatNeverReachedTheLogIsPutBack(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := login(t, r, "alice")
	f.set(func(f *faulty) { f.swallow = true })
	revoke(t, r, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	eventually(t, "the store refuses", func() bool { return refused(t, f.inner, probe(sess)) })
}

func TestOddStateOfTheLogIsReadAnew(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cause error
		odd   func(*session.LogState)
	}{
		{"another server", mirror.ErrServerChanged, func(st *session.LogState) { st.Server = "another" }},
		{"another epoch", mirror.ErrEpochChanged, func(st *session.LogState) { st.Epoch = "another" }},
		{"no epoch", mirror.ErrEpochChanged, func(st *session.LogState) { st.Epoch = "" }},
		{"an end that went back", mirror.ErrWentBack, func(st *session.LogState) { st.Last = session.Position{MS: 1} }},
		{"a gap", mirror.ErrGap, func(st *session.LogState) { st.Trimmed = session.Position{MS: 1 << 60} }},
		{"a clock set forward", mirror.ErrClockJumped, func(st *session.LogState) { st.Now = st.Now.Add(time.Hour) }},
		{"a clock set back", mirror.ErrClockJumped, func(st *session.LogState) { st.Now = st.Now.Add(-time.Hour) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := behindFaults(memstore.New())
			r := ready(t, f, quick())
			j := journalOf(r)
			v := newVictims(t, r)
			v.revoke(t, r)
			before := f.count(&f.reads)
			f.set(func(f *faulty) {
				f.state = func(st *session.LogState) { // until the node has noticed: it may still be reading what was revoked
					if !j.has(resyncedFor(c.cause)) {
						c.odd(st)
					}
				}
			})
			eventually(t, "the log is read anew", func() bool { return j.has(resyncedFor(c.cause)) })
			eventually(t, "in step again", r.Ready)
			if !v.dead(t, r) {
				t.Error("a revoked token came back")
			}
			v.othersLive(t, r)
			if f.count(&f.reads) == before {
				t.Error("nothing was read")
			}
		})
	}
}

// While the log of another server is read, the copy is not trusted: the store is asked.
func TestWhileTheLogIsReadAnewTheStoreIsAsked(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := login(t, r, "alice")
	revoke(t, r, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	f.set(func(f *faulty) {
		f.noRead = true
		f.state = func(st *session.LogState) { st.Server = "another" }
	})
	eventually(t, "it is read anew", func() bool { return r.Status().Shards[0].State == mirror.Resyncing })
	if err := r.Check(t.Context(), probe(sess)); err != nil || f.count(&f.checks) != 1 {
		t.Errorf("Check: %v, the store was asked %d times", err, f.count(&f.checks))
	}
	f.set(func(f *faulty) { f.noRead = false })
	eventually(t, "in step again", r.Ready)
}

// A node that starts just after the store has lost its data must not trust the empty log: a
// session that was revoked before is refused at every moment.
func TestNewNodeAfterALossServesNothingThatWasRevoked(t *testing.T) {
	t.Parallel()
	f := behindFaults(memstore.New())
	lives := ready(t, f, quick())
	sess := login(t, lives, "alice")
	revoke(t, lives, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	f.set(func(f *faulty) { f.inner = memstore.New() })
	r := open(t, f, quick())
	eventually(t, "the copy is in step", func() bool {
		inStep := r.Ready()
		if !refused(t, r, probe(sess)) {
			t.Fatalf("served; in step: %v", inStep)
		}
		return inStep
	})
}

func TestFirstUseOfAStoreIsNoLoss(t *testing.T) {
	f := behindFaults(memstore.New())
	f.state = func(st *session.LogState) { st.Epoch = "" }
	o := quick()
	r := open(t, f, o)
	j := journalOf(r)
	eventually(t, "the copy is in step", r.Ready)
	login(t, r, "alice")
	f.set(func(f *faulty) { f.state = nil })
	time.Sleep(3 * o.Heartbeat) // nothing may happen
	eventually(t, "still in step", r.Ready)
	if n := j.count(session.NoticeResync); n != 0 {
		t.Errorf("read anew %d times", n)
	}
}

// All entries are over and were dropped. The end of the log is still far from its start.
func TestALogThatWasTrimmedToNothingIsNoLoss(t *testing.T) {
	c := newClock()
	store := memory(c)
	knownRevocations(t, store, 3)
	c.Advance(life + session.Afterlife + time.Minute)
	eventually(t, "the log is empty", func() bool { login(t, store, "alice"); return entriesOf(t, store) == 0 })
	o := lively()
	o.Now = c.Now
	r := ready(t, store, o)
	j := journalOf(r)
	time.Sleep(3 * o.Heartbeat) // nothing may happen
	if n := j.count(session.NoticeResync); n != 0 {
		t.Errorf("read anew %d times", n)
	}
}
