package memstore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// crowdSize is the most that MAX_SESSIONS of the sample allows one user.
const crowdSize = 100_000

// Long work is done in pieces: while it goes on, others are served again and again.
func TestNobodyWaitsForAUserWithManySessions(t *testing.T) {
	c := newClock()
	s := open(c)
	bystander := create(t, s, "bystander")
	crowd(t, s, crowdSize)
	limited := login("crowd")
	limited.Limit = crowdSize
	meanwhile(t, s, bystander, "a list", func() {
		if list, err := s.List(t.Context(), "crowd"); err != nil || len(list) != crowdSize {
			t.Errorf("%d sessions, %v", len(list), err)
		}
	})
	began := time.Now()
	for range 100 {
		if created, err := s.Create(t.Context(), limited); err != nil || len(created.Evicted) != 1 {
			t.Fatalf("evicted %d, %v", len(created.Evicted), err)
		}
	}
	t.Logf("a login at the limit: %v", time.Since(began)/100)
	limited.Limit = crowdSize / 2
	meanwhile(t, s, bystander, "a lowered limit", func() {
		if created, err := s.Create(t.Context(), limited); err != nil || len(created.Evicted) != crowdSize/2+1 {
			t.Errorf("evicted %d, %v", len(created.Evicted), err)
		}
	})
	meanwhile(t, s, bystander, "the end of the user", func() {
		if n := revoke(t, s, session.Revocation{Kind: session.KindSubject, Subject: "crowd"}); n != crowdSize/2 {
			t.Errorf("ended %d", n)
		}
	})
	crowd(t, s, crowdSize)
	c.Advance(30 * time.Minute)
	refresh(t, s, bystander.ID)
	c.Advance(30*time.Minute + time.Millisecond) // the crowd has idled out
	limited.RefuseOverLimit, limited.Limit = true, 1
	meanwhile(t, s, bystander, "a login after all have idled out", func() {
		if _, err := s.Create(t.Context(), limited); err != nil {
			t.Error(err)
		}
	})
	if err := s.Sound(); err != nil {
		t.Error(err)
	}
}

func TestEndingEverybodyKeepsNobodyWaiting(t *testing.T) {
	s := open(newClock())
	crowd(t, s, crowdSize)
	stop := make(chan struct{})
	began := make(chan struct{})
	var wg sync.WaitGroup
	var late int
	wg.Go(func() { // logs in all the while
		for first := true; ; first = false {
			select {
			case <-stop:
				return
			default:
				create(t, s, "late")
				late++
			}
			if first {
				close(began)
			}
		}
	})
	<-began
	n := revoke(t, s, session.Revocation{Kind: session.KindAll})
	close(stop)
	wg.Wait()
	list, err := s.List(t.Context(), "late")
	if err != nil || n+len(list) != crowdSize+late || len(list) < 3 {
		t.Errorf("ended %d; %d of %d logins live, %v", n, len(list), late, err)
	}
	if err := s.Sound(); err != nil {
		t.Error(err)
	}
}

// What idles out between its end and the counting of it was alive when it was ended.
func TestCountIsOfTheMomentOfTheCutoff(t *testing.T) {
	const n = 20_000
	c := newClock()
	s := open(c)
	crowd(t, s, n)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ended := false; !ended; {
			st, err := s.State(t.Context(), 0)
			ended = err != nil || st.Length > 0
		}
		c.Advance(2 * time.Hour) // beyond IdleAt and session.Afterlife
		for range n {
			_ = s.Check(t.Context(), session.Probe{Subject: "crowd", ID: session.NewID(c.Now(), 0)})
		}
	}()
	if got := revoke(t, s, session.Revocation{Kind: session.KindSubject, Subject: "crowd"}); got != n {
		t.Errorf("ended %d, want %d", got, n)
	}
	<-done
	if err := s.Sound(); err != nil {
		t.Error(err)
	}
}

func crowd(t *testing.T, s *memstore.Store, n int) {
	t.Helper()
	for range n {
		create(t, s, "crowd")
	}
}

func refresh(t *testing.T, s *memstore.Store, id session.ID) {
	t.Helper()
	got, err := s.Rotate(t.Context(), session.Rotation{ID: id, Generation: 1, IdleTTL: time.Hour})
	if err != nil || got.Outcome != session.OutcomeAdvanced {
		t.Fatalf("Rotate = %v, %v", got.Outcome, err)
	}
}

// meanwhile expects that the bystander is served several times while work runs.
func meanwhile(t *testing.T, s *memstore.Store, bystander session.Session, what string, work func()) {
	t.Helper()
	var served atomic.Int64
	var longest time.Duration
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			began := time.Now()
			if err := s.Check(t.Context(), session.Probe{ID: bystander.ID, Subject: bystander.Subject}); err != nil {
				t.Error(err)
				return
			}
			longest = max(longest, time.Since(began))
			served.Add(1)
		}
	})
	for served.Load() == 0 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
	before, began := served.Load(), time.Now()
	work()
	took, during := time.Since(began), served.Load()-before
	close(stop)
	wg.Wait()
	t.Logf("%s took %v; a bystander was served %d times and waited %v at most", what, took, during, longest)
	if during < 3 {
		t.Errorf("%s: a bystander was served %d times in %v", what, during, took)
	}
}
