package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// leastTTL is the shortest lifetime of an announcement. An announcement outlives the
	// trust in the copy of a node that fell silent: a node that may still let tokens pass is
	// not forgotten.
	leastTTL = 5 * time.Second
	// pollFirst and pollMost are the first and the longest interval between two looks at the
	// roster.
	pollFirst = 2 * time.Millisecond
	pollMost  = 50 * time.Millisecond
)

// errNoRoster means that no store of the chain keeps a list of nodes.
var errNoRoster = errors.New("mirror: the store is not a session.Roster")

// Everywhere implements [session.Barrier]. It returns nil when every live node has applied
// everything that the log held at the time of the call, as the nodes announce their progress
// in the [session.Roster]. A node that died counts until its announcement expires, after
// about 6 s by default. A node that was closed does not count.
//
// The error is [*session.Laggards] when ctx ends first; it holds one name for each lagging
// node, even if two nodes have the same name. It is [session.ErrUnavailable] when the store
// does not answer or has no session.Roster.
func (m *Mirror) Everywhere(ctx context.Context) error {
	if m.roster == nil {
		return fmt.Errorf("%w: %w", session.ErrUnavailable, errNoRoster)
	}
	targets := make([]session.Position, len(m.shards))
	err := each(m.shards, func(i int, sh *shard) error {
		st, err := sh.ask(ctx)
		targets[i] = st.Last
		return err
	})
	if err != nil {
		return err
	}
	var laggards []string
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		nodes, err := m.roster.Nodes(ctx)
		switch {
		case err == nil:
			laggards = behind(m.withSelf(nodes), targets)
			if len(laggards) == 0 {
				return nil
			}
		case ctx.Err() == nil || laggards == nil:
			return err
		}
		if !sleep(ctx, wait) {
			return &session.Laggards{Nodes: laggards}
		}
	}
}

// withSelf replaces the announcement of this node by its present state.
func (m *Mirror) withSelf(nodes []session.Node) []session.Node {
	others := slices.DeleteFunc(nodes, func(n session.Node) bool { return n.ID == m.id })
	return append(others, m.node())
}

// behind returns the name of each node that has not applied everything.
func behind(nodes []session.Node, targets []session.Position) []string {
	var names []string
	for _, n := range nodes {
		if late(n.Applied, targets) {
			names = append(names, n.Name)
		}
	}
	slices.Sort(names)
	return names
}

func late(applied, targets []session.Position) bool {
	if len(applied) != len(targets) {
		return true
	}
	for i, target := range targets {
		if applied[i].Before(target) {
			return true
		}
	}
	return false
}

// node returns the progress of this node. A shard that is being read from the start counts
// as having applied nothing.
func (m *Mirror) node() session.Node {
	n := session.Node{ID: m.id, Name: m.o.Node, Applied: make([]session.Position, len(m.shards))}
	for i, sh := range m.shards {
		sh.mu.Lock()
		n.Applied[i] = sh.position()
		sh.mu.Unlock()
	}
	return n
}

// moved requests an announcement.
func (m *Mirror) moved() {
	select {
	case m.progress <- struct{}{}:
	default:
	}
}

// announce writes this node's progress to the roster: when it has moved, at most once in
// half a heartbeat, and otherwise often enough that the announcement never expires.
func (m *Mirror) announce(ctx context.Context) {
	ttl := max(leastTTL, m.o.MaxStaleness*6/5)
	tick := time.NewTicker(ttl / 6)
	defer tick.Stop()
	for {
		at := m.elapsed()
		announcing, cancel := context.WithTimeout(ctx, callTime)
		err := m.roster.Announce(announcing, m.node(), ttl)
		cancel()
		if err == nil {
			m.known(at + ttl)
		} else {
			m.moved() // try again
		}
		if !sleep(ctx, m.o.Heartbeat/2) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-m.progress:
		}
	}
}

// known records until when the roster lists this node. A proof counts no longer than that,
// because the barrier must wait for every node that may let tokens pass.
func (m *Mirror) known(until time.Duration) {
	if was := m.announced.Swap(int64(until)); was > int64(m.elapsed()) {
		return
	}
	for _, sh := range m.shards {
		sh.seekProof()
	}
}

// unknown assumes that the roster was lost.
func (m *Mirror) unknown() {
	m.announced.Store(0)
	m.moved()
}

// leave removes this node from the roster. If that fails, its announcement expires later.
func (m *Mirror) leave() {
	if m.roster == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	_ = m.roster.Announce(ctx, m.node(), time.Millisecond)
}
