package storetest

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// rosterCases pass for a store that does not implement session.Roster.
var rosterCases = []Case{
	newCase("an announced node is listed until its time is over", rosterForgets),
	newCase("the last announcement of a node counts", rosterReplaces),
	newCase("nodes of one name are told apart by their ids", rosterTwins),
	newCase("a node has any name of up to 64 bytes", rosterNames),
}

const nodeTTL = 5 * time.Second

// nodeID returns an id that no other node has.
func nodeID() string { return "storetest-" + rand.Text() }

// announce reports whether the store has a roster.
func (k *kit) announce(n session.Node, ttl time.Duration) bool {
	roster, ok := session.As[session.Roster](k.store)
	if ok {
		k.must("Announce", roster.Announce(k.ctx, n, ttl))
	}
	return ok
}

// listed expects exactly these of the nodes with their ids, whatever other nodes there are.
func (k *kit) listed(why string, ids []string, want ...session.Node) {
	roster, ok := session.As[session.Roster](k.store)
	if !ok {
		return
	}
	nodes, err := roster.Nodes(k.ctx)
	k.must(why+": Nodes", err)
	nodes = slices.DeleteFunc(nodes, func(n session.Node) bool { return !slices.Contains(ids, n.ID) })
	slices.SortFunc(nodes, func(a, b session.Node) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(want, func(a, b session.Node) int { return strings.Compare(a.ID, b.ID) })
	if !slices.EqualFunc(nodes, want, sameNode) {
		k.failf("%s: the roster lists %+v, want %+v", why, nodes, want)
	}
}

func sameNode(a, b session.Node) bool {
	return a.ID == b.ID && a.Name == b.Name && slices.Equal(a.Applied, b.Applied)
}

// node returns a node that has applied these positions, one of each shard.
func (k *kit) node(name string, ms uint64) session.Node {
	n := session.Node{ID: nodeID(), Name: name}
	for range k.store.Shards() {
		n.Applied = append(n.Applied, session.Position{MS: ms, Seq: 7})
		ms++
	}
	return n
}

func rosterForgets(k *kit) {
	short, long := k.node("short", 1), k.node("long", 1<<60)
	ids := []string{short.ID, long.ID}
	k.listed("before any announcement", ids)
	if !k.announce(short, nodeTTL) {
		return
	}
	k.announce(long, 2*nodeTTL)
	k.clock.Advance(nodeTTL - tick)
	k.listed("just before the first is over", ids, short, long)
	k.clock.Advance(tick)
	k.listed("when the first is over", ids, long)
	k.clock.Advance(nodeTTL)
	k.listed("when both are over", ids)
}

func rosterReplaces(k *kit) {
	n := k.node("node", 1)
	ids := []string{n.ID}
	if !k.announce(n, nodeTTL) {
		return
	}
	k.clock.Advance(nodeTTL - tick)
	n.Name, n.Applied = "renamed", slices.Repeat([]session.Position{{MS: 2}}, k.store.Shards())
	k.announce(n, nodeTTL)
	k.clock.Advance(nodeTTL - tick)
	k.listed("announced again", ids, n)
	k.announce(n, tick)
	k.clock.Advance(tick)
	k.listed("announced for a moment, as a node that leaves does", ids)
}

func rosterTwins(k *kit) {
	one, two := k.node("twin", 1), k.node("twin", 9)
	if k.announce(one, nodeTTL) {
		k.announce(two, nodeTTL)
		k.listed("of one name", []string{one.ID, two.ID}, one, two)
	}
}

func rosterNames(k *kit) {
	var ids []string
	var nodes []session.Node
	for _, name := range []string{"", " ", "a b", "1-2 3-4|", "%20\"'\\{}", "knötchen 日本", strings.Repeat("n", 64)} {
		n := k.node(name, 1)
		if !k.announce(n, nodeTTL) {
			return
		}
		ids, nodes = append(ids, n.ID), append(nodes, n)
	}
	k.listed("with any name", ids, nodes...)
}
