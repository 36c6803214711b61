package redisstore_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

func roster(t *testing.T, s session.Roster) []session.Node {
	t.Helper()
	nodes, err := s.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(nodes, func(a, b session.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes
}

func TestRosterForgetsSilentNodes(t *testing.T) {
	clock := storetest.NewClock()
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{Now: clock.Now, Shards: 2})
	a := session.Node{ID: "id a", Name: "a", Applied: []session.Position{{MS: 1 << 60, Seq: 7}, {}}}
	b := session.Node{ID: "b", Name: "b with a blank", Applied: []session.Position{{MS: 1}, {Seq: 2}}}
	announce := func(n session.Node, ttl time.Duration) {
		t.Helper()
		if err := s.Announce(t.Context(), n, ttl); err != nil {
			t.Fatal(err)
		}
	}
	if got := roster(t, s); len(got) != 0 {
		t.Errorf("at first: %+v", got)
	}
	announce(a, 5*time.Second)
	announce(b, 5*time.Second)
	clock.Advance(4 * time.Second)
	a.Applied[1] = session.Position{MS: 3, Seq: 4}
	announce(a, 5*time.Second)
	if got := roster(t, s); !reflect.DeepEqual(got, []session.Node{a, b}) {
		t.Errorf("after 4 s: %+v", got)
	}
	clock.Advance(time.Second)
	if got := roster(t, s); !reflect.DeepEqual(got, []session.Node{a}) {
		t.Errorf("after b's time: %+v", got)
	}
	announce(a, time.Millisecond) // leaving
	clock.Advance(time.Millisecond)
	if got := roster(t, s); len(got) != 0 {
		t.Errorf("after a left: %+v", got)
	}
}

func TestRosterKeepsNodesOfOneNameApart(t *testing.T) {
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{})
	for _, id := range []string{"1", "2", "2"} {
		if err := s.Announce(t.Context(), session.Node{ID: id, Name: "twin"}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	nodes := roster(t, s)
	if len(nodes) != 2 || nodes[0].Name != "twin" || nodes[1].Name != "twin" || nodes[0].ID == nodes[1].ID {
		t.Errorf("%+v", nodes)
	}
}

func TestRosterTakesAnyNameOfANode(t *testing.T) {
	clock := storetest.NewClock()
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{Now: clock.Now})
	for _, name := range []string{"", " ", "a|b", "7-7 8-8|", "knoten ä %20", "日本", strings.Repeat("n", 64), "a\nb\x00"} {
		want := session.Node{ID: "one", Name: name, Applied: []session.Position{{MS: 1, Seq: 2}, {MS: 3}}}
		if err := s.Announce(t.Context(), want, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := roster(t, s); !reflect.DeepEqual(got, []session.Node{want}) {
			t.Errorf("%q: %+v", name, got)
		}
	}
}
