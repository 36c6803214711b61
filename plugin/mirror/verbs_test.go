package mirror_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// strict makes every Check strict, as on routes that must know whether a session is alive.
type strict struct{ *mirror.Mirror }

func (s strict) Check(ctx context.Context, p session.Probe) error {
	p.Strict = true
	return s.Mirror.Check(ctx, p)
}

// Revoke returns when the mirror has seen the end of a session in the log too. The cases move the
// clock by hours at once; an end that was not seen before would look lost, and be put back.
func (s strict) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	n, err := s.Mirror.Revoke(ctx, r)
	shard := int(r.ID.Shard())
	if err != nil || r.Kind != session.KindSession || shard >= s.Shards() {
		return n, err
	}
	st, err := s.State(ctx, shard)
	for err == nil && s.Status().Shards[shard].Applied.Before(st.Last) {
		time.Sleep(100 * time.Microsecond)
		err = ctx.Err()
	}
	return n, err
}

// A mirror is a store, and keeps all promises of the store inside.
func TestConformance(t *testing.T) {
	t.Parallel()
	eachCase(t, func(t *testing.T, c storetest.Case) {
		clock := storetest.NewClock()
		o := quick()
		o.Now = clock.Now
		env := storetest.Env{Store: strict{ready(t, memstore.NewWith(memstore.Options{Now: clock.Now}), o)}, Clock: clock}
		if testing.Short() {
			env.Interleavings = 1000
		}
		if err := c.Run(env); err != nil {
			t.Error(err)
		}
	})
}

// eachCase runs every case of the suite as a subtest, several at once, since each spends most of
// its time waiting until a new copy is in step.
func eachCase(t *testing.T, run func(*testing.T, storetest.Case)) {
	t.Helper()
	const atOnce = 6
	var wg sync.WaitGroup
	defer wg.Wait()
	free := make(chan struct{}, atOnce)
	for _, c := range storetest.Cases() {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			t.Run(c.Name, func(t *testing.T) { run(t, c) })
		})
	}
}

// cameBack returns a session that is alive in the store and that the copy knows to be revoked.
func cameBack(t *testing.T, f *faulty, r *mirror.Mirror) session.Session {
	t.Helper()
	sess := login(t, f, "back")
	other := session.NewID(time.Now(), 0)
	f.set(func(f *faulty) { f.disguise = map[session.ID]session.ID{other: sess.ID} })
	revoke(t, f, session.Revocation{Kind: session.KindSession, ID: other})
	eventually(t, "the copy knows", func() bool { return refused(t, r, probe(sess)) })
	if refused(t, f, probe(sess)) {
		t.Fatal("the store refuses it too")
	}
	return sess
}

func rotation(id session.ID, generation uint32) session.Rotation {
	return session.Rotation{ID: id, Generation: generation, IdleTTL: time.Hour, TokenEnd: time.Now().Add(life)}
}

func TestSessionThatCameBackIsRevokedAgainAtRefresh(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := cameBack(t, f, r)
	for range 2 {
		got, err := r.Rotate(t.Context(), rotation(sess.ID, 1))
		if err != nil || got.Outcome != session.OutcomeGone || got.Session.ID != (session.ID{}) || got.Now.IsZero() {
			t.Errorf("Rotate: %+v, %v", got, err)
		}
	}
	if !refused(t, f, probe(sess)) {
		t.Error("it is still alive in the store")
	}
}

func TestSessionThatCameBackIsNotShown(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := cameBack(t, f, r)
	other := login(t, r, sess.Subject)
	if _, err := r.Get(t.Context(), sess.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	list, err := r.List(t.Context(), sess.Subject)
	if err != nil || len(list) != 1 || list[0].ID != other.ID {
		t.Errorf("List: %+v, %v", list, err)
	}
}

func TestReuseIsRefusedAtOnce(t *testing.T) {
	for name, report := range map[string]bool{"ending": false, "reporting": true} {
		t.Run(name, func(t *testing.T) {
			f := behindFaults(memstore.New())
			f.deaf = true
			r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
			sess := login(t, r, "alice")
			for generation := range uint32(2) {
				if _, err := r.Rotate(t.Context(), rotation(sess.ID, generation+1)); err != nil {
					t.Fatal(err)
				}
			}
			stolen := rotation(sess.ID, 1)
			stolen.ReportReuse = report
			got, err := r.Rotate(t.Context(), stolen)
			if err != nil || got.Outcome != session.OutcomeReused {
				t.Fatalf("Rotate: %+v, %v", got, err)
			}
			if refused(t, r, probe(sess)) == report {
				t.Errorf("refused: %v", !report)
			}
		})
	}
}

// slowReply delays the store's answer to a reused token by hold.
type slowReply struct {
	session.LoggedStore
	hold func()
}

func (s *slowReply) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	rotated, err := s.LoggedStore.Rotate(ctx, r)
	if rotated.Outcome == session.OutcomeReused {
		s.hold()
	}
	return rotated, err
}

// The log is often faster than the reply. The outcome is reuse all the same.
func TestReuseThatTheLogTellsFirstIsStillReuse(t *testing.T) {
	store := &slowReply{LoggedStore: memstore.New()}
	r := ready(t, store, quick())
	sess := login(t, r, "alice")
	store.hold = func() {
		eventually(t, "the copy has heard of it", func() bool { return refused(t, r, probe(sess)) })
	}
	for generation := range uint32(2) {
		if _, err := r.Rotate(t.Context(), rotation(sess.ID, generation+1)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.Rotate(t.Context(), rotation(sess.ID, 1))
	if err != nil || got.Outcome != session.OutcomeReused || got.Session.Subject != "alice" {
		t.Errorf("Rotate: %+v, %v", got, err)
	}
}

func TestEvictedSessionIsRefusedAtOnce(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	sess := login(t, r, "alice")
	c := creation(r, "alice")
	c.Limit = 1
	created, err := r.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !refused(t, r, probe(sess)) {
		t.Error("the evicted session is not refused")
	}
	if err := r.Check(t.Context(), probe(created.Session)); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

// The store went back to a time before a cut-off that it has lost.
func TestSessionThatBeginsBeforeALostCutoffIsNotGivenOut(t *testing.T) {
	c, behind := newClock(), newClock()
	f := behindFaults(memory(c))
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute, Now: c.Now})
	c.Advance(time.Second)
	revoke(t, r, session.Revocation{Kind: session.KindSubject, Subject: "alice"})
	store := memory(behind)
	f.set(func(f *faulty) { f.inner = store })
	_, err := r.Create(t.Context(), creation(r, "alice"))
	if !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Create: %v, want ErrUnavailable", err)
	}
	if list, _ := store.List(t.Context(), "alice"); len(list) != 0 {
		t.Errorf("the store keeps it: %+v", list)
	}
	login(t, r, "bob")
}

func TestErrorsOfTheStoreGoUp(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	sess := login(t, r, "alice")
	f.set(func(f *faulty) { f.cut = true })
	_, create := r.Create(t.Context(), session.Create{Subject: "a", IdleTTL: 1, MaxTTL: 1})
	_, get := r.Get(t.Context(), sess.ID)
	_, list := r.List(t.Context(), "alice")
	_, rotate := r.Rotate(t.Context(), rotation(sess.ID, 1))
	_, one := r.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: sess.ID})
	_, all := r.Revoke(t.Context(), session.Revocation{Kind: session.KindAll})
	for i, err := range []error{create, get, list, rotate, one, all, r.Confirm(t.Context(), nil)} {
		if !errors.Is(err, errCut) || !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if refused(t, r, probe(sess)) {
		t.Error("a revocation that failed is obeyed")
	}
}
