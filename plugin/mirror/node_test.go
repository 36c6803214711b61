package mirror_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// Two processes may run under one name. A node that is cut off must not count as up to date
// because another node of the same name is.
func TestACutOffNodeIsNotHiddenByAnotherOfItsName(t *testing.T) {
	store := memstore.New()
	cut := behindFaults(store)
	cut.deaf = true // a read that is already waiting would still receive it
	asker, twin := named(t, behindFaults(store), "web"), named(t, behindFaults(store), "web")
	lagging := named(t, cut, "web")
	sess := login(t, asker, "alice")
	cut.set(func(f *faulty) { f.cut = true })
	revoke(t, asker, session.Revocation{Kind: session.KindSession, ID: sess.ID})
	wantLaggards(t, asker, "web")
	wantLaggards(t, twin, "web")
	if refused(t, lagging, probe(sess)) {
		t.Fatal("the node that is cut off has heard of it: the test shows nothing")
	}
	cut.set(func(f *faulty) { f.cut, f.deaf = false, false })
	if err := asker.Everywhere(within(t, 5*time.Second)); err != nil || !refused(t, lagging, probe(sess)) {
		t.Errorf("when it is back: %v", err)
	}
}

func TestEachLaggardIsNamedAlsoTwoOfOneName(t *testing.T) {
	store := memstore.New()
	b, c := behindFaults(store), behindFaults(store)
	a := named(t, behindFaults(store), "web")
	named(t, b, "web")
	named(t, c, "web")
	for _, f := range []*faulty{b, c} {
		f.set(func(f *faulty) { f.cut = true })
	}
	revoke(t, a, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	wantLaggards(t, a, "web", "web")
}

func wantLaggards(t *testing.T, m *mirror.Mirror, want ...string) {
	t.Helper()
	err := m.Everywhere(within(t, 200*time.Millisecond))
	var laggards *session.Laggards
	if !errors.As(err, &laggards) || !slices.Equal(laggards.Nodes, want) || !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Everywhere: %v, want laggards %q", err, want)
	}
}

func TestNodeIsNamedAfterItsHost(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	f := behindFaults(memstore.New())
	ready(t, f, quick())
	nodes, err := f.inner.Nodes(t.Context())
	if err != nil || len(nodes) != 1 || nodes[0].Name != host || len(nodes[0].ID) < 26 {
		t.Errorf("nodes %+v, %v; want one named %s", nodes, err, host)
	}
}

// wrapped decorates a store and implements no optional interface except Unwrapper.
type wrapped struct{ session.LoggedStore }

func (w wrapped) Unwrap() session.Store { return w.LoggedStore }

func TestADecoratorHidesNothingFromTheMirror(t *testing.T) {
	inner := pinged{Store: memstore.New(), err: errors.New("down")}
	m := ready(t, wrapped{wrapped{inner}}, quick())
	if err := m.Everywhere(within(t, 5*time.Second)); err != nil {
		t.Errorf("the roster was not found: %v", err)
	}
	if err := m.Ping(t.Context()); !errors.Is(err, inner.err) {
		t.Errorf("Ping: %v, want the store's error", err)
	}
	sess := login(t, m, "alice")
	revoke(t, m, session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: "logout"})
	endings, ok := session.As[session.Endings](m)
	if !ok {
		t.Fatal("the endings are gone")
	}
	if ending, err := endings.Ending(t.Context(), sess.ID); err != nil || ending.Reason != "logout" {
		t.Errorf("Ending: %+v, %v", ending, err)
	}
}

type pinged struct {
	*memstore.Store
	err error
}

func (p pinged) Ping(ctx context.Context) error { return errors.Join(p.Store.Ping(ctx), p.err) }
