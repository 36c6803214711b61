package mirror_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// listener collects entries, and detects concurrent calls.
type listener struct {
	mu      sync.Mutex
	entries []session.Entry
	inside  atomic.Int32
	overlap atomic.Bool
}

func (l *listener) hear(e session.Entry) {
	if l.inside.Add(1) > 1 {
		l.overlap.Store(true)
	}
	defer l.inside.Add(-1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

func (l *listener) heard(kind session.Kind, id session.ID, subject string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.Kind == kind && e.ID == id && e.Subject == subject {
			return true
		}
	}
	return false
}

func TestSubscribersHearOfOwnAndOthersRevocations(t *testing.T) {
	store := memstore.New()
	a, b := ready(t, store, quick()), ready(t, store, quick())
	var here, there, left listener
	defer a.Subscribe(here.hear)()
	defer b.Subscribe(there.hear)()
	b.Subscribe(left.hear)()
	v := newVictims(t, a)
	for _, rev := range v.revocations() {
		revoke(t, a, rev)
		if !here.heard(rev.Kind, rev.ID, rev.Subject) {
			t.Errorf("kind %d is not heard here when Revoke returns", rev.Kind)
		}
		eventually(t, "it is heard there", func() bool { return there.heard(rev.Kind, rev.ID, rev.Subject) })
	}
	if len(left.entries) != 0 {
		t.Error("called after cancel")
	}
}

// A subscriber that calls Check on an entry already gets a refusal.
func TestEntryIsKnownBeforeItIsHeard(t *testing.T) {
	store := memstore.New()
	r := ready(t, store, quick())
	sess := login(t, r, "alice")
	known := make(chan bool, 2)
	defer r.Subscribe(func(session.Entry) { known <- refused(t, r, probe(sess)) })()
	revoke(t, store, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	select {
	case ok := <-known:
		if !ok {
			t.Error("heard, and not yet refused")
		}
	case <-time.After(patience):
		t.Fatal("not heard")
	}
}

func TestSubscribersAreCalledOneAtATime(t *testing.T) {
	store := memstore.New()
	r := ready(t, store, quick())
	var l listener
	defer r.Subscribe(l.hear)()
	var wg sync.WaitGroup
	for _, s := range []session.Store{r, r, store} {
		wg.Go(func() {
			for range 300 {
				revoke(t, s, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
			}
		})
	}
	wg.Wait()
	eventually(t, "all are heard", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.entries) >= 900
	})
	if l.overlap.Load() {
		t.Error("called from two goroutines at once")
	}
}
