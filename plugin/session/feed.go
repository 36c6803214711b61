package session

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Feed reports revocations as soon as this process learns of them. It is an optional interface
// of a [Store] that keeps a local copy of the log. Other stores are followed through [Log].
type Feed interface {
	// Subscribe calls fn for every entry that becomes known from now on, including this node's
	// own revocations. The calls come from one goroutine at a time, and one entry may come
	// twice. fn must not block. cancel ends the subscription; fn may still be running when
	// cancel returns.
	Subscribe(fn func(Entry)) (cancel func())
}

// Barrier waits until a revocation has taken effect on every node. It is an optional interface
// of a [Store].
type Barrier interface {
	// Everywhere returns nil when every live node has applied everything that the log held at
	// the time of the call. If ctx ends first, it returns [*Laggards]. It waits for nodes that
	// follow the log; a node that asks the store on every request needs no waiting.
	Everywhere(ctx context.Context) error
}

// Laggards is the error of a [Barrier] when some nodes did not confirm in time. errors.Is
// finds [ErrUnavailable] in it. The revocation itself is in effect.
type Laggards struct {
	Nodes []string // one name per node; two nodes may have the same name
}

// Error lists the nodes.
func (l *Laggards) Error() string {
	return "session: not yet applied by " + strconv.Itoa(len(l.Nodes)) + " node(s): " + strings.Join(l.Nodes, ", ")
}

// Unwrap returns [ErrUnavailable].
func (l *Laggards) Unwrap() error { return ErrUnavailable }

// Roster is the list in which nodes announce how far they have read the log, for the [Barrier].
// It is an optional interface of a [Store].
type Roster interface {
	// Announce records the progress of a node, replacing what was recorded for its ID. The
	// record expires after ttl.
	Announce(ctx context.Context, n Node, ttl time.Duration) error
	// Nodes returns the nodes whose records have not expired, in any order.
	Nodes(ctx context.Context) ([]Node, error)
}

// Node is one process that follows the log.
type Node struct {
	ID      string     // random, and so unique among live nodes, whatever their names
	Name    string     // for people; by default the host's name
	Applied []Position // by shard
}
