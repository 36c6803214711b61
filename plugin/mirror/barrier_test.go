package mirror_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// named opens a node and waits until the roster lists it.
func named(t *testing.T, f *faulty, name string) *mirror.Mirror {
	t.Helper()
	o := mirror.Options{MaxStaleness: time.Minute, Heartbeat: 20 * time.Millisecond, Node: name}
	r := ready(t, f, o)
	eventually(t, "the roster knows "+name, func() bool {
		nodes, err := f.inner.Nodes(t.Context())
		return err == nil && slices.ContainsFunc(nodes, func(n session.Node) bool { return n.Name == name })
	})
	return r
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestEverywhereMeansEverywhere(t *testing.T) {
	store := memstore.New()
	var nodes []*mirror.Mirror
	for _, name := range []string{"a", "b", "c"} {
		nodes = append(nodes, named(t, behindFaults(store), name))
	}
	for range 20 {
		v := newVictims(t, nodes[0])
		v.revoke(t, nodes[0])
		if err := nodes[0].Everywhere(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		for i, r := range nodes {
			if !v.dead(t, r) {
				t.Errorf("node %d does not refuse", i)
			}
		}
	}
}

func TestEverywhereNamesTheLaggards(t *testing.T) {
	store := memstore.New()
	fb, fc := behindFaults(store), behindFaults(store)
	a, b, _ := named(t, behindFaults(store), "a"), named(t, fb, "b"), named(t, fc, "c")
	sess := login(t, a, "alice")
	fb.set(func(f *faulty) { f.cut = true })
	revoke(t, a, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	err := a.Everywhere(within(t, 300*time.Millisecond))
	var laggards *session.Laggards
	if !errors.As(err, &laggards) || !slices.Equal(laggards.Nodes, []string{"b"}) || !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Everywhere: %v, want laggard b", err)
	}
	fb.set(func(f *faulty) { f.cut = false })
	if err := a.Everywhere(within(t, 5*time.Second)); err != nil || !refused(t, b, probe(sess)) {
		t.Errorf("when b is back: %v", err)
	}
}

func TestEverywhereOfANodeThatIsBehindItself(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf, f.noRead = true, true
	a := named(t, f, "a")
	revoke(t, f, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	var laggards *session.Laggards
	if err := a.Everywhere(within(t, 200*time.Millisecond)); !errors.As(err, &laggards) || !slices.Equal(laggards.Nodes, []string{"a"}) {
		t.Errorf("Everywhere: %v, want laggard a", err)
	}
}

func TestDeadAndClosedNodesDoNotCount(t *testing.T) {
	c := newClock()
	store := memory(c)
	a := named(t, behindFaults(store), "a")
	closed := named(t, behindFaults(store), "closed")
	if err := closed.Close(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Millisecond)
	if err := store.Announce(t.Context(), session.Node{ID: "dead", Name: "dead"}, 6*time.Second); err != nil {
		t.Fatal(err)
	}
	revoke(t, a, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	var laggards *session.Laggards
	if err := a.Everywhere(within(t, 200*time.Millisecond)); !errors.As(err, &laggards) || !slices.Equal(laggards.Nodes, []string{"dead"}) {
		t.Errorf("Everywhere: %v, want laggard dead alone", err)
	}
	c.Advance(6 * time.Second)
	if err := a.Everywhere(within(t, 5*time.Second)); err != nil {
		t.Errorf("after the dead node was forgotten: %v", err)
	}
}

func TestEverywhereWithoutAnAnswerIsUnavailable(t *testing.T) {
	f := behindFaults(memstore.New())
	a := named(t, f, "a")
	f.set(func(f *faulty) { f.cut = true })
	if err := a.Everywhere(within(t, 5*time.Second)); !errors.Is(err, errCut) {
		t.Errorf("Everywhere: %v", err)
	}
	// The embedded interface hides the roster of the store.
	r := ready(t, struct{ session.LoggedStore }{memstore.New()}, quick())
	if err := r.Everywhere(within(t, 5*time.Second)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("without a roster: %v", err)
	}
}
