package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// clock is a clock that tests move in both directions.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(1_800_000_000_000)
	return c
}

func (c *clock) Now() time.Time          { return time.UnixMilli(c.ms.Load()) }
func (c *clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }
func open(c *clock) *memstore.Store      { return memstore.NewWith(memstore.Options{Now: c.Now}) }
func login(subject string) session.Create {
	return session.Create{Subject: subject, IdleTTL: time.Hour, MaxTTL: 24 * time.Hour}
}

func create(t *testing.T, s *memstore.Store, subject string) session.Session {
	t.Helper()
	c, err := s.Create(t.Context(), login(subject))
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return c.Session
}

func revoke(t *testing.T, s *memstore.Store, r session.Revocation) int {
	t.Helper()
	r.Until = s.Now().Add(time.Minute)
	n, err := s.Revoke(t.Context(), r)
	if err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	return n
}

func TestExpiredThingsDoNotPileUp(t *testing.T) {
	c := newClock()
	s := open(c)
	const rounds = 20_000
	most := 0
	for i := range rounds {
		subject := fmt.Sprintf("subject-%d", i)
		a := create(t, s, subject)
		b := create(t, s, subject)
		revoke(t, s, session.Revocation{Kind: session.KindToken, ID: a.ID, Token: session.NewTokenID()})
		revoke(t, s, session.Revocation{Kind: session.KindSession, ID: b.ID})
		if i%2 == 0 { // the others end by themselves
			revoke(t, s, session.Revocation{Kind: session.KindSubject, Subject: subject})
		}
		c.Advance(time.Minute)
		most = max(most, s.Held())
	}
	// An hour's worth is alive: 30 idle sessions and their subjects, and the log of a minute and
	// of session.Afterlife.
	if most > 1000 {
		t.Errorf("held up to %d things over %d rounds", most, rounds)
	}
	t.Logf("held at most %d things", most)
}

func TestEndedCrowdsDoNotPileUp(t *testing.T) {
	c := newClock()
	s := open(c)
	for range 5000 {
		create(t, s, "crowd")
	}
	revoke(t, s, session.Revocation{Kind: session.KindSubject, Subject: "crowd"})
	c.Advance(time.Minute + session.Afterlife + time.Second)
	for range 5000 / 2 {
		_ = s.Check(t.Context(), session.Probe{Subject: "crowd", ID: session.NewID(c.Now(), 0)})
	}
	if n := s.Held(); n > 0 {
		t.Errorf("still holds %d things", n)
	}
}

func TestExpiryIsToldForAWhile(t *testing.T) {
	c := newClock()
	s := open(c)
	sess := create(t, s, "alice")
	c.Advance(time.Hour + session.Afterlife - time.Second)
	for range 100 {
		_ = s.Check(t.Context(), session.Probe{Subject: "bob", ID: session.NewID(c.Now(), 0)})
	}
	if e, err := s.Ending(t.Context(), sess.ID); err != nil || e.Reason != session.ReasonExpired {
		t.Errorf("Ending = %+v, %v", e, err)
	}
	c.Advance(time.Second)
	_ = s.Check(t.Context(), session.Probe{Subject: "bob", ID: session.NewID(c.Now(), 0)})
	if n := s.Held(); n > 0 {
		t.Errorf("still holds %d things", n)
	}
}

func TestNowNeverGoesBack(t *testing.T) {
	c := newClock()
	s := open(c)
	before := s.Now()
	c.Advance(-time.Hour)
	revoke(t, s, session.Revocation{Kind: session.KindSubject, Subject: "alice"})
	late := login("alice")
	late.Began = s.Now()
	if _, err := s.Create(t.Context(), late); err != nil || !late.Began.Equal(before) {
		t.Errorf("Create of a login that began at %v, when the clock had gone back: %v", late.Began, err)
	}
}

// A lost store's clock may have been ahead: that locks nobody out.
func TestRestoredCutoffOfTheFutureOvertakesOnlyWhatBeganBefore(t *testing.T) {
	c := newClock()
	s := open(c)
	early, late := login("alice"), login("alice")
	early.Began = s.Now()
	c.Advance(time.Second)
	ahead := session.Entry{Kind: session.KindAll, Cutoff: session.CutoffAt(c.Now().Add(time.Hour), session.ID{}), Until: c.Now().Add(time.Minute)}
	if err := s.Restore(t.Context(), 0, []session.Entry{ahead}); err != nil {
		t.Fatal(err)
	}
	late.Began = s.Now()
	if _, err := s.Create(t.Context(), early); !errors.Is(err, session.ErrOvertaken) {
		t.Errorf("begun before the restoring: %v", err)
	}
	if _, err := s.Create(t.Context(), late); err != nil {
		t.Errorf("begun after the restoring: %v", err)
	}
}

func TestClockGoingBackBringsNothingBackToLife(t *testing.T) {
	c := newClock()
	s := open(c)
	idle := create(t, s, "idle")
	tokens := create(t, s, "tokens")
	jti := session.NewTokenID()
	revoke(t, s, session.Revocation{Kind: session.KindToken, ID: tokens.ID, Token: jti})
	everybody := create(t, s, "everybody")

	c.Advance(30 * time.Minute)
	if _, err := s.Rotate(t.Context(), session.Rotation{ID: tokens.ID, Generation: 1, IdleTTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	c.Advance(30 * time.Minute)
	if _, err := s.Get(t.Context(), idle.ID); !errors.Is(err, session.ErrNotFound) {
		t.Fatalf("Get of an idle session: %v", err)
	}
	c.Advance(-24 * time.Hour)
	for _, id := range []session.ID{idle.ID, everybody.ID} {
		if _, err := s.Get(t.Context(), id); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("a dead session came back with the old time: %v", err)
		}
	}
	revoke(t, s, session.Revocation{Kind: session.KindAll})
	if _, err := s.Get(t.Context(), tokens.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a cut-off missed a session from the future: %v", err)
	}
	late := create(t, s, "late")
	if _, err := s.Get(t.Context(), late.ID); err != nil {
		t.Errorf("a session begun after the cut-off is dead: %v", err)
	}
	r, err := s.Rotate(t.Context(), session.Rotation{ID: late.ID, Generation: 1, IdleTTL: time.Hour})
	if err != nil || r.Outcome != session.OutcomeAdvanced {
		t.Errorf("Rotate = %v, %v", r.Outcome, err)
	}
}

func TestSecondRevocationOfADeadSessionIsNotLogged(t *testing.T) {
	c := newClock()
	s := open(c)
	id := session.NewID(c.Now(), 0)
	for range 3 {
		if n := revoke(t, s, session.Revocation{Kind: session.KindSession, ID: id}); n != 0 {
			t.Errorf("ended %d sessions that never were", n)
		}
		c.Advance(time.Second)
	}
	if st, _ := s.State(t.Context(), 0); st.Length != 1 {
		t.Errorf("%d entries, want 1", st.Length)
	}
	c.Advance(time.Hour)
	revoke(t, s, session.Revocation{Kind: session.KindSession, ID: id})
	st, _ := s.State(t.Context(), 0)
	if st.Length != 1 || st.Trimmed == (session.Position{}) || !st.Trimmed.Before(st.Last) {
		t.Errorf("after the first entry expired: %+v", st)
	}
}

func TestDefaults(t *testing.T) {
	s := memstore.New()
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
	sess := create(t, s, "alice")
	if d := time.Since(sess.CreatedAt).Abs(); d > time.Minute {
		t.Errorf("the default clock is %v off", d)
	}
	a, _ := s.State(t.Context(), 0)
	b, _ := memstore.New().State(t.Context(), 0)
	if a.Epoch == "" || a.Epoch == b.Epoch {
		t.Errorf("epochs %q and %q", a.Epoch, b.Epoch)
	}
	if s.Shards() != 1 {
		t.Errorf("Shards = %d", s.Shards())
	}
	if _, err := s.State(t.Context(), 1); err == nil {
		t.Error("State of a shard that is not there: no error")
	}
	if _, _, err := s.Read(t.Context(), -1, session.Position{}, 1, 0); err == nil {
		t.Error("Read of a shard that is not there: no error")
	}
}

func TestEndedContextIsUnavailableAndDoesNothing(t *testing.T) {
	s := memstore.New()
	sess := create(t, s, "alice")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	if !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("Revoke: %v", err)
	}
	if _, err := s.Get(t.Context(), sess.ID); err != nil {
		t.Errorf("Get: %v", err)
	}
}
