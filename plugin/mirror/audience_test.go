package mirror_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// audience measures how long after the call each node learns of a revocation.
type audience struct {
	nodes int

	mu    sync.Mutex
	began map[session.ID]time.Time
	took  []time.Duration
}

func newAudience(nodes []*mirror.Mirror) *audience {
	a := &audience{nodes: len(nodes), began: make(map[session.ID]time.Time)}
	for _, r := range nodes {
		r.Subscribe(func(e session.Entry) {
			now := time.Now()
			a.mu.Lock()
			defer a.mu.Unlock()
			if began, mine := a.began[e.ID]; mine {
				a.took = append(a.took, now.Sub(began))
			}
		})
	}
	return a
}

// perform revokes at a rate for a time, and returns the number of revocations.
func (a *audience) perform(t testing.TB, s session.Store, rate float64, d time.Duration) (count int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if rate == 0 {
		<-ctx.Done()
		return 0
	}
	tick := time.NewTicker(time.Duration(float64(time.Second) / rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return count
		case <-tick.C:
		}
		a.revoke(t, s)
		count++
	}
}

// hear makes one revocation, and returns how long it took to reach each node, sorted.
func (a *audience) hear(t testing.TB, s session.Store) []time.Duration {
	t.Helper()
	a.revoke(t, s)
	return a.heardAll(t, 1)
}

func (a *audience) revoke(t testing.TB, s session.Store) {
	t.Helper()
	id := session.NewID(time.Now(), 0)
	a.mu.Lock()
	a.began[id] = time.Now()
	a.mu.Unlock()
	revoke(t, s, session.Revocation{Kind: session.KindSession, ID: id})
}

// heardAll waits until every node has learned of count revocations. It returns how long each
// took, sorted, and forgets them.
func (a *audience) heardAll(t testing.TB, count int) []time.Duration {
	t.Helper()
	eventually(t, "all nodes have heard of all", func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.took) == count*a.nodes
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	took := a.took
	a.took, a.began = nil, make(map[session.ID]time.Time)
	slices.Sort(took)
	return took
}
