package memstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

func names(t *testing.T, roster session.Roster) []string {
	t.Helper()
	nodes, err := roster.Nodes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, n := range nodes {
		list = append(list, n.Name)
	}
	slices.Sort(list)
	return list
}

func TestRosterForgetsSilentNodes(t *testing.T) {
	c := newClock()
	s := open(c)
	announce := func(name string, ms uint64, ttl time.Duration) {
		t.Helper()
		if err := s.Announce(t.Context(), session.Node{ID: "id-" + name, Name: name, Applied: []session.Position{{MS: ms}}}, ttl); err != nil {
			t.Fatal(err)
		}
	}
	announce("a", 1, 5*time.Second)
	announce("b", 1, 5*time.Second)
	c.Advance(4 * time.Second)
	announce("a", 7, 5*time.Second)
	if got := names(t, s); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("after 4 s: %v", got)
	}
	c.Advance(time.Second)
	nodes, err := s.Nodes(t.Context())
	if err != nil || len(nodes) != 1 || nodes[0].Name != "a" || nodes[0].Applied[0].MS != 7 {
		t.Errorf("after b's time: %+v, %v", nodes, err)
	}
	announce("a", 7, time.Millisecond) // leaving
	c.Advance(time.Millisecond)
	if got := names(t, s); len(got) != 0 {
		t.Errorf("after a left: %v", got)
	}
}

func TestRosterSharesNoMemory(t *testing.T) {
	s := open(newClock())
	applied := []session.Position{{MS: 1}}
	if err := s.Announce(t.Context(), session.Node{ID: "1", Name: "a", Applied: applied}, time.Second); err != nil {
		t.Fatal(err)
	}
	applied[0].MS = 2
	for range 2 {
		nodes, err := s.Nodes(t.Context())
		if err != nil || nodes[0].Applied[0].MS != 1 {
			t.Fatalf("%+v, %v", nodes, err)
		}
		nodes[0].Applied[0].MS = 3
	}
}

func TestRosterKeepsNodesOfOneNameApart(t *testing.T) {
	s := open(newClock())
	for _, id := range []string{"1", "2", "2"} {
		if err := s.Announce(t.Context(), session.Node{ID: id, Name: "twin"}, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, s); !slices.Equal(got, []string{"twin", "twin"}) {
		t.Errorf("%v", got)
	}
}
