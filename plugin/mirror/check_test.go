package mirror_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestInStepNothingIsAskedAndNothingAllocated(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, mirror.Options{})
	v := newVictims(t, r)
	v.revoke(t, r)
	live := probe(v.spared)
	for range 10_000 {
		if err := r.Check(t.Context(), live); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count(&f.checks); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(1000, func() { _ = r.Check(ctx, live) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRevocationIsHeardByOtherNodes(t *testing.T) {
	store := memstore.New()
	a, b := ready(t, store, quick()), ready(t, store, quick())
	v := newVictims(t, a)
	v.othersLive(t, b)
	v.revoke(t, a)
	eventually(t, "the other node refuses", func() bool { return v.dead(t, b) })
	v.othersLive(t, b)
	revoke(t, b, session.Revocation{Kind: session.KindAll})
	eventually(t, "everybody is refused", func() bool { return refused(t, a, probe(v.spared)) && refused(t, a, probe(v.token)) })
	late := login(t, a, "late")
	for _, r := range []*mirror.Mirror{a, b} {
		if err := r.Check(t.Context(), probe(late)); err != nil {
			t.Errorf("begun after the revocation of everybody: %v", err)
		}
	}
}

// The follower is deaf and the heartbeat slow, so the node can know only from the call itself.
func TestOwnRevocationIsRefusedAtOnce(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	v := newVictims(t, r)
	for i, rev := range v.revocations() {
		revoke(t, r, rev)
		if !refused(t, r, v.probes()[i]) {
			t.Errorf("kind %d is not refused", rev.Kind)
		}
	}
	v.othersLive(t, r)
	revoke(t, r, session.Revocation{Kind: session.KindAll})
	if !refused(t, r, probe(v.spared)) {
		t.Error("everybody is not refused")
	}
	if n := f.count(&f.checks); n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

func TestCutoffThatCannotBeReadBackIsNotConfirmedAndNotPassed(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	sess := login(t, r, "alice")
	f.set(func(f *faulty) { f.noRead = true })
	_, err := r.Revoke(t.Context(), session.Revocation{Kind: session.KindSubject, Subject: "alice", Until: tokenEnd(r)})
	if !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Revoke: %v, want ErrUnavailable", err)
	}
	if !refused(t, r, probe(sess)) || f.count(&f.checks) != 1 {
		t.Errorf("not refused by the store; asked %d times", f.count(&f.checks))
	}
}

func TestStrictAsksBehindTheCopy(t *testing.T) {
	store := memstore.New()
	f := behindFaults(store)
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	sess, known := login(t, r, "alice"), login(t, r, "bob")
	p := probe(sess)
	p.Strict = true
	if err := r.Check(t.Context(), p); err != nil || f.count(&f.checks) != 1 {
		t.Errorf("Check: %v, the store was asked %d times", err, f.count(&f.checks))
	}
	revoke(t, store, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	if !refused(t, r, p) {
		t.Error("a strict check passes what the store refuses")
	}
	revoke(t, r, session.Revocation{Kind: session.KindSession, ID: known.ID})
	p = probe(known)
	p.Strict = true
	f.set(func(f *faulty) { f.cut = true })
	if !refused(t, r, p) {
		t.Error("what this node knows to be revoked needs no store")
	}
}

func TestUnknownShardIsTheStoresToJudge(t *testing.T) {
	r := ready(t, behindFaults(memstore.New()), quick())
	id := session.NewID(time.Now(), 7)
	if !refused(t, r, session.Probe{ID: id, Subject: "alice"}) {
		t.Error("an id of a shard that does not exist passes")
	}
}

func TestManyAtOnce(t *testing.T) {
	store := memstore.New()
	o := quick()
	r, other := ready(t, store, o), ready(t, store, o)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				v := newVictims(t, r)
				v.revoke(t, r)
				if !v.dead(t, r) {
					t.Error("revoked and not refused")
				}
				v.othersLive(t, r)
			}
		})
		wg.Go(func() {
			cancel := r.Subscribe(func(session.Entry) {})
			defer cancel()
			for range 1000 {
				_ = r.Check(t.Context(), session.Probe{ID: session.NewID(time.Now(), 0), Subject: "nobody"})
				_ = r.Status()
			}
		})
	}
	wg.Wait()
	eventually(t, "the other node knows as much", func() bool {
		return other.Status().Entries == r.Status().Entries
	})
}

func TestEverybodyAgainAndAgain(t *testing.T) {
	store := memstore.New()
	a, b := ready(t, store, quick()), ready(t, store, quick())
	var wg sync.WaitGroup
	for _, r := range []*mirror.Mirror{a, b} {
		wg.Go(func() {
			for range 100 {
				sess := login(t, r, "alice")
				revoke(t, r, session.Revocation{Kind: session.KindAll})
				if !refused(t, r, probe(sess)) {
					t.Error("revoked and not refused")
				}
			}
		})
	}
	wg.Wait()
}

// The copy holds revocations, and none of today need cover a session of tomorrow.
func TestASessionOfTheFutureIsAskedFor(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, mirror.Options{})
	sess := login(t, r, "user")
	for ahead, asked := range map[time.Duration]bool{-time.Hour: false, 10 * time.Second: false, 40 * time.Second: true, 1000 * time.Hour: true} {
		before := f.count(&f.checks)
		p := probe(sess)
		p.ID = p.ID.WithTime(time.Now().Add(ahead))
		err := r.Check(t.Context(), p)
		if got := f.count(&f.checks) > before; got != asked || errors.Is(err, session.ErrInvalidID) != asked {
			t.Errorf("%v ahead: the store was asked: %t, %v", ahead, got, err)
		}
	}
}
