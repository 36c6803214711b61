package mirror

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var (
	_ session.LoggedStore = (*Mirror)(nil)
	_ session.Feed        = (*Mirror)(nil)
	_ session.Barrier     = (*Mirror)(nil)
	_ session.Notifier    = (*Mirror)(nil)
	_ session.Pinger      = (*Mirror)(nil)
	_ session.Closer      = (*Mirror)(nil)
	_ session.Keeper      = (*Mirror)(nil)
	_ session.Unwrapper   = (*Mirror)(nil)
)

// Mirror is a store with a local copy of its revocation list; see the package comment. Make
// one with [New]. It is safe for concurrent use.
type Mirror struct {
	store  session.LoggedStore
	o      Options
	id     string // of this node in the roster, random
	start  time.Time
	shards []*shard
	doubt  time.Duration // of the store, at most
	leeway atomic.Int64  // how long after exp this node accepts tokens

	feed    feed
	notices notices

	roster    session.Roster // nil if the store has none
	progress  chan struct{}  // a value requests an announcement
	announced atomic.Int64   // the roster lists this node until then, in the mirror's own time

	tokenEnd atomic.Int64  // the latest exp of tokens that this node has minted, Unix seconds
	healers  chan struct{} // holds a value for each call under way that puts entries back

	closing atomic.Bool
	stop    context.CancelFunc
	tasks   sync.WaitGroup
	done    chan struct{} // closed when all tasks have ended
}

// New makes a Mirror of store and starts following its log at once. The store may be down: the
// Mirror is then not ready, and recovers when the store answers. Close the Mirror before the
// store, or both in order with [session.Close].
//
// The error joins every mistake: a nil store, each field of o that is out of bounds, and a store
// whose [session.Doubter] tells a doubt of more than half of MaxStaleness.
func New(store session.LoggedStore, o Options) (*Mirror, error) {
	o, err := o.settle()
	if v := reflect.ValueOf(store); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, errors.Join(errors.New("mirror: the store is nil"), err)
	}
	doubt, doubtErr := o.admit(store)
	if err = errors.Join(err, doubtErr); err != nil {
		return nil, err
	}
	m := &Mirror{store: store, o: o, id: rand.Text(), doubt: doubt, done: make(chan struct{}), progress: make(chan struct{}, 1)}
	m.healers = make(chan struct{}, allHealers)
	m.start = m.readClock()
	m.roster, _ = session.As[session.Roster](store)
	for n := range store.Shards() {
		m.shards = append(m.shards, newShard(m, n))
	}
	m.run()
	return m, nil
}

// Must returns m, and panics if err is not nil. It wraps a call of [New] in a literal:
//
//	Store: mirror.Must(mirror.New(store, mirror.Options{})),
func Must(m *Mirror, err error) *Mirror {
	if err != nil {
		panic(err)
	}
	return m
}

// run starts the tasks.
func (m *Mirror) run() {
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	for _, sh := range m.shards {
		m.tasks.Go(func() { sh.follow(ctx) })
		m.tasks.Go(func() { sh.beat(ctx) })
	}
	m.tasks.Go(func() { m.watch(ctx) })
	if m.roster != nil {
		m.tasks.Go(func() { m.announce(ctx) })
	}
	go m.cleanUp()
}

// cleanUp waits until the tasks have ended, and then ends the trust in the copy.
func (m *Mirror) cleanUp() {
	m.tasks.Wait()
	for _, sh := range m.shards {
		sh.stopHealing()
		sh.trusted.Store(0)
	}
	m.leave()
	close(m.done)
}

// Close first puts back what the store has lost and this node knows, so that nothing is
// forgotten when nodes are restarted one by one. For that it has most of the time that ctx
// leaves, or 5 s if ctx has no deadline; a store that does not answer is given up after 5 s. If
// the copy is empty, there is nothing to put back. Then Close stops following the log and
// returns when all background work has ended, or with ctx's error when ctx ends first.
//
// Close returns [session.ErrUnavailable] if the store may still lack something. The Mirror is
// closed in that case too. Afterwards [Mirror.Check] asks the store, because the copy is no
// longer trusted. Close does not close the store. Calling it again only waits for the end.
func (m *Mirror) Close(ctx context.Context) error {
	var err error
	if !m.closing.Swap(true) {
		err = m.finish(ctx)
		m.stop()
	}
	select {
	case <-m.done:
		return err
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
}

// Unwrap returns the store that is mirrored.
func (m *Mirror) Unwrap() session.Store { return m.store }

func (m *Mirror) readClock() time.Time {
	if m.o.Now != nil {
		return m.o.Now()
	}
	return time.Now()
}

// elapsed is the mirror's own time: how long it has run. It never goes back, and it is
// independent of the store's clock.
func (m *Mirror) elapsed() time.Duration {
	if m.o.Now != nil {
		return m.o.Now().Sub(m.start)
	}
	return time.Since(m.start) // reads only the monotonic clock
}

// watch reports shards that went stale, and drops expired entries, a few buckets at a time.
func (m *Mirror) watch(ctx context.Context) {
	tick := time.NewTicker(m.o.Heartbeat)
	defer tick.Stop()
	for bucket := 0; ; bucket = (bucket + sweepBuckets) % buckets {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, sh := range m.shards {
			sh.reportStale()
			horizon := sh.horizon()
			for i := range sweepBuckets {
				if sh.list.sweep((bucket+i)%buckets, horizon) {
					sh.forgot(horizon)
				}
			}
		}
	}
}

// sleep waits in real time. It returns false if ctx ended first.
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
