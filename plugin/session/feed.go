package session

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Feed tells of revocations as they become known to this process. A store that keeps
// a local copy of the log has it; others are followed through Log.
type Feed interface {
	// Subscribe calls fn for every entry that becomes known from now on, this node's own
	// revocations included, from one goroutine at a time, possibly twice for one entry. fn
	// must not block. cancel ends it; fn may still be running when cancel returns.
	Subscribe(fn func(Entry)) (cancel func())
}

// Barrier waits until a revocation is obeyed everywhere.
type Barrier interface {
	// Everywhere returns nil when every live node has applied everything that the log held
	// when it was called, or *Laggards when ctx ends first. It knows nodes that follow the
	// log; nodes that ask the store on every request need no waiting for.
	Everywhere(ctx context.Context) error
}

// Laggards is the error of a Barrier that was not passed in time. It is
// ErrUnavailable to errors.Is: not confirmed everywhere. The revocation itself stands.
type Laggards struct{ Nodes []string }

// Error names the nodes.
func (l *Laggards) Error() string {
	return "session: not yet applied by " + strconv.Itoa(len(l.Nodes)) + " node(s): " + strings.Join(l.Nodes, ", ")
}

// Unwrap makes Laggards an ErrUnavailable.
func (l *Laggards) Unwrap() error { return ErrUnavailable }

// Roster is where nodes say how far they have read, for the Barrier.
type Roster interface {
	// Announce notes a node's progress; it is forgotten ttl later unless announced again.
	Announce(ctx context.Context, n Node, ttl time.Duration) error
	// Nodes lists the nodes that have announced themselves and are not forgotten.
	Nodes(ctx context.Context) ([]Node, error)
}

// Node is one process that follows the log.
type Node struct {
	ID      string     // random; unique among live nodes, whatever their names
	Name    string     // what people call the process; by default the host's name
	Applied []Position // by shard
}
