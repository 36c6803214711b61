package mirror

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var (
	_ session.LoggedStore = (*Mirror)(nil)
	_ session.Feed        = (*Mirror)(nil)
	_ session.Barrier     = (*Mirror)(nil)
)

// Defaults and bounds of Options.
const (
	defaultStaleness = 5 * time.Second
	minStaleness     = 10 * time.Millisecond
	maxHeartbeat     = 500 * time.Millisecond
	beatsPerBound    = 10 // heartbeats within MaxStaleness, unless told otherwise
	leastBeats       = 2  // fewer would make a healthy copy go stale
)

// Options are the settings of New. The zero value is the default. New never fails:
// what is out of bounds is moved to the nearest bound, as said at each field.
type Options struct {
	// MaxStaleness is how old the last proof may be before the copy is no longer
	// trusted to let a token pass. 0 or less: 5 s. At least 10 ms.
	MaxStaleness time.Duration

	// Heartbeat is how often a proof is sought. 0 or less: a tenth of MaxStaleness, at
	// most 500 ms. At most half of MaxStaleness.
	Heartbeat time.Duration

	// Node is the name of this process for the Barrier, unique among live nodes. Empty:
	// a random text.
	Node string

	// OnEvent hears what happens to the copy. It may be called from several goroutines at
	// once and must not block. May be nil.
	OnEvent func(Event)

	// Now is for tests: a clock that never runs backwards. The heartbeat goes by real
	// time all the same. Nil: the monotonic clock of the process.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.MaxStaleness <= 0 {
		o.MaxStaleness = defaultStaleness
	}
	o.MaxStaleness = max(o.MaxStaleness, minStaleness)
	if o.Heartbeat <= 0 {
		o.Heartbeat = min(o.MaxStaleness/beatsPerBound, maxHeartbeat)
	}
	o.Heartbeat = min(o.Heartbeat, o.MaxStaleness/leastBeats)
	if o.Node == "" {
		o.Node = rand.Text()
	}
	if o.OnEvent == nil {
		o.OnEvent = func(Event) {}
	}
	return o
}

// settling is how long a new node does not trust its copy after it has met the store. If
// the store has just lost its data, nodes that live notice at their next heartbeat and put
// back what was revoked; a copy of the log before that would lack what this node, which has
// seen none of it, cannot miss.
func (o Options) settling() time.Duration {
	return leastBeats * (min(o.Heartbeat, maxHeartbeat) + healSpread)
}

// Mirror is a store with a local copy of its revocation list; see the package
// comment. Make one with New. Safe for concurrent use.
type Mirror struct {
	store  session.LoggedStore
	o      Options
	start  time.Time
	shards []*shard
	feed   feed

	roster    session.Roster // nil: the store has none
	progress  chan struct{}  // asks for an announcement
	announced atomic.Int64   // until when, by the mirror's own time, the roster knows this node

	stop  context.CancelFunc
	tasks sync.WaitGroup
	done  chan struct{} // closed when all tasks have ended
}

// New makes a Mirror and starts following the log at once, also while the store is
// down: it is not ready then, and heals by itself. Close it before the store.
func New(store session.LoggedStore, o Options) *Mirror {
	r := &Mirror{store: store, o: o.withDefaults(), done: make(chan struct{}), progress: make(chan struct{}, 1)}
	r.start = r.readClock()
	r.roster, _ = store.(session.Roster)
	for n := range store.Shards() {
		r.shards = append(r.shards, newShard(r, n))
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	for _, sh := range r.shards {
		r.tasks.Go(func() { sh.follow(ctx) })
		r.tasks.Go(func() { sh.beat(ctx) })
	}
	r.tasks.Go(func() { r.watch(ctx) })
	if r.roster != nil {
		r.tasks.Go(func() { r.announce(ctx) })
	}
	go r.finish()
	return r
}

// finish waits until following has stopped, and cleans up.
func (r *Mirror) finish() {
	r.tasks.Wait()
	for _, sh := range r.shards {
		sh.stopHealing()
		sh.trusted.Store(0)
	}
	r.leave()
	close(r.done)
}

// Close stops following and waits until all is quiet or ctx ends, whose error it
// returns then. Afterwards the copy is no longer trusted: Check asks the store. The
// store is not closed. Calling it again is fine.
func (r *Mirror) Close(ctx context.Context) error {
	r.stop()
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *Mirror) readClock() time.Time {
	if r.o.Now != nil {
		return r.o.Now()
	}
	return time.Now()
}

// elapsed is the mirror's own time: how long it has run. It never goes back and
// has nothing to do with the store's clock.
func (r *Mirror) elapsed() time.Duration {
	if r.o.Now != nil {
		return r.o.Now().Sub(r.start)
	}
	return time.Since(r.start) // reads the monotonic clock alone
}

// watch notices shards that went stale, and drops expired entries a few at a time.
func (r *Mirror) watch(ctx context.Context) {
	tick := time.NewTicker(r.o.Heartbeat)
	defer tick.Stop()
	for bucket := 0; ; bucket = (bucket + sweepBuckets) % buckets {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, sh := range r.shards {
			sh.notice()
			now := stampOf(r.elapsed() - clockSlack)
			for i := range sweepBuckets {
				sh.list.sweep((bucket+i)%buckets, now)
			}
		}
	}
}

// sleep waits in real time; false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
