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

// After a failover, before anything was put back, all nodes are restarted, one after the other.
func TestRollingRestartAfterALossForgetsNothing(t *testing.T) {
	t.Parallel()
	const entries = 20_000
	f := behindFaults(memstore.New())
	a, b := ready(t, f, lively()), ready(t, f, lively())
	probes := knownRevocations(t, f, entries)
	for _, r := range []*mirror.Mirror{a, b} {
		eventually(t, "it knows", func() bool { return r.Status().Entries == entries })
	}
	empty := memstore.New()
	f.set(func(f *faulty) { f.inner, f.slow = empty, 5*time.Millisecond })
	began := time.Now()
	var fresh []*mirror.Mirror
	for _, r := range []*mirror.Mirror{a, b} {
		if err := r.Close(within(t, patience)); err != nil {
			t.Fatal(err)
		}
		fresh = append(fresh, open(t, f, lively()))
	}
	t.Logf("both were restarted within %v of the loss", time.Since(began))
	for _, r := range fresh {
		eventually(t, "the new node is in step", r.Ready)
		if n := countPassed(t, r, probes); n > 0 {
			t.Errorf("a new node lets %d of %d revoked sessions pass", n, entries)
		}
	}
}

// The store lost its data after the last heartbeat, and only this node knows.
func TestCloseLooksOnceMore(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf = true
	r := ready(t, f, mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	v := newVictims(t, r)
	v.revoke(t, r)
	empty := memstore.New()
	f.set(func(f *faulty) { f.inner = empty })
	if err := r.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !v.holds(logOf(t, empty)) {
		t.Error("the last node that knew the revocations has closed, and they are lost")
	}
}

func TestCloseDoesNotWaitLongForAStoreThatIsDown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wait, least, most time.Duration // wait: of the context; 0: no deadline
	}{
		"without a deadline":    {0, 2 * time.Second, 8 * time.Second},
		"with a short deadline": {500 * time.Millisecond, 0, 1900 * time.Millisecond},
		"with a long deadline":  {time.Minute, 2 * time.Second, 8 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := behindFaults(memstore.New())
			r := ready(t, f, quick())
			newVictims(t, r).revoke(t, r)
			f.set(func(f *faulty) { f.cut = true })
			ctx, began := context.Background(), time.Now()
			if c.wait > 0 {
				ctx = within(t, c.wait)
			}
			err := r.Close(ctx)
			if took := time.Since(began); took < c.least || took > c.most {
				t.Errorf("Close took %v", took)
			}
			if !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, errCut) {
				t.Errorf("Close: %v, want the store's error", err)
			}
			if err := r.Close(within(t, patience)); err != nil {
				t.Errorf("Close again: %v", err)
			}
		})
	}
}

// The time of the first call is over, and the background work goes on for a while.
func TestClosingAgainOnlyWaits(t *testing.T) {
	f := behindFaults(memstore.New())
	r := ready(t, f, quick())
	newVictims(t, r).revoke(t, r)
	f.set(func(f *faulty) { f.hang = true })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("Close: %v", err)
	}
	if err := r.Close(context.Background()); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

func TestCloseOfAnEmptyCopyWaitsForNothing(t *testing.T) {
	f := behindFaults(memstore.New())
	f.hang = true
	r := open(t, f, quick())
	began := time.Now()
	if err := r.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second { // the farewell to the roster may take 2 s
		t.Errorf("Close took %v", took)
	}
}
