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
	// leastTTL is how long an announcement counts at least. It counts longer than the
	// copy of a node that fell silent is trusted: a node that may still let tokens pass is
	// not forgotten.
	leastTTL = 5 * time.Second
	// pollFirst and pollMost are how often the barrier looks.
	pollFirst = 2 * time.Millisecond
	pollMost  = 50 * time.Millisecond
)

// errNoRoster: the store does not keep a roster of nodes.
var errNoRoster = errors.New("mirror: the store is no session.Roster")

// Everywhere returns nil when every live node has applied all that the log held when
// it was called: the nodes announce how far they are. Otherwise *session.Laggards when
// ctx ends first, or session.ErrUnavailable if the store cannot say, or keeps no
// session.Roster. A node that died counts until its announcement is forgotten,
// about 6 s at the defaults; one that was closed does not.
func (r *Mirror) Everywhere(ctx context.Context) error {
	if r.roster == nil {
		return fmt.Errorf("%w: %w", session.ErrUnavailable, errNoRoster)
	}
	targets := make([]session.Position, len(r.shards))
	err := each(r.shards, func(i int, sh *shard) error {
		st, err := sh.ask(ctx)
		targets[i] = st.Last
		return err
	})
	if err != nil {
		return err
	}
	var laggards []string
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		nodes, err := r.roster.Nodes(ctx)
		switch {
		case err == nil:
			laggards = behind(append(nodes, r.node()), r.o.Node, targets)
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

// behind names the nodes that have not applied everything. What is announced in the
// name of this node is passed over: it comes last, as it stands now.
func behind(nodes []session.Node, self string, targets []session.Position) []string {
	var names []string
	for i, n := range nodes {
		if n.Name == self && i < len(nodes)-1 {
			continue
		}
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

// node is how far this node is. A shard that is read anew is nowhere.
func (r *Mirror) node() session.Node {
	n := session.Node{Name: r.o.Node, Applied: make([]session.Position, len(r.shards))}
	for i, sh := range r.shards {
		sh.mu.Lock()
		n.Applied[i] = sh.position()
		sh.mu.Unlock()
	}
	return n
}

// moved asks for an announcement.
func (r *Mirror) moved() {
	select {
	case r.progress <- struct{}{}:
	default:
	}
}

// announce tells the roster how far this node is: at once when it has moved, unless
// that was told half a heartbeat ago, and every now and then.
func (r *Mirror) announce(ctx context.Context) {
	ttl := max(leastTTL, r.o.MaxStaleness*6/5)
	tick := time.NewTicker(ttl / 6)
	defer tick.Stop()
	for {
		at := r.elapsed()
		telling, cancel := context.WithTimeout(ctx, callTime)
		err := r.roster.Announce(telling, r.node(), ttl)
		cancel()
		if err == nil {
			r.known(at + ttl)
		} else {
			r.moved() // and so again
		}
		if !sleep(ctx, r.o.Heartbeat/2) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.progress:
		}
	}
}

// known notes until when the roster knows this node. Proofs count while it does: a
// node that may let tokens pass is one that the barrier waits for.
func (r *Mirror) known(until time.Duration) {
	if was := r.announced.Swap(int64(until)); was > int64(r.elapsed()) {
		return
	}
	for _, sh := range r.shards {
		sh.seekProof()
	}
}

// unknown takes it that the roster was lost.
func (r *Mirror) unknown() {
	r.announced.Store(0)
	r.moved()
}

// isKnown reports whether the roster, if there is one, knows this node.
func (r *Mirror) isKnown(now time.Duration) bool {
	return r.roster == nil || int64(now) < r.announced.Load()
}

// leave takes this node off the roster. If that fails it is forgotten in a while.
func (r *Mirror) leave() {
	if r.roster == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	_ = r.roster.Announce(ctx, r.node(), time.Millisecond)
}
