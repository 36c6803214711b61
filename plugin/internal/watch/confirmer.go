// Package watch does background work for requests: it records which refresh generations were
// seen in use, and ends long requests whose token is revoked. It depends on stores, and on
// neither HTTP nor tokens.
package watch

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// confirmEvery is how long a confirmation waits for others that share its write.
	confirmEvery = 200 * time.Millisecond
	// confirmBatch bounds the confirmations of one call.
	confirmBatch = 512
	// confirmTime bounds one round of writing: a shard that hangs delays the others no longer,
	// and their confirmations are still written within a second.
	confirmTime = 500 * time.Millisecond
	// maxConfirming bounds the queue of one shard while the shard is down. A use that does not
	// fit is noted the next time its token is seen.
	maxConfirming = 16 << 10
	// maxConfirmed bounds the memory of written uses. Beyond it the older half is forgotten
	// and may be written once more.
	maxConfirmed = 64 << 10
)

// Confirmer reports to the store, in the background, that a generation was seen in use: at
// most once for each session and generation that it remembers, and in batches of one shard, so
// that a shard that is down delays no other. A use counts as written only when the store has
// confirmed it, so an outage delays confirmations and loses none. Safe for concurrent use.
type Confirmer struct {
	store session.Store
	wake  chan struct{}
	stop  chan struct{}
	done  chan struct{}
	once  sync.Once

	mu      sync.Mutex
	waiting map[uint8]map[session.Use]struct{} // by shard
	written map[session.Use]struct{}
	older   map[session.Use]struct{}
}

// NewConfirmer makes a Confirmer and starts its goroutine. Close it.
func NewConfirmer(store session.Store) *Confirmer {
	k := &Confirmer{
		store:   store,
		wake:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
		waiting: make(map[uint8]map[session.Use]struct{}),
		written: make(map[session.Use]struct{}),
	}
	go k.run()
	return k
}

// Seen notes a use. It never waits for the store. written belongs to the token: once it is
// set, later requests with the token do not take the lock. Generation 0 is unknown and is not
// noted.
func (k *Confirmer) Seen(use session.Use, written *atomic.Bool) {
	if use.Generation == 0 || written.Load() {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isWritten(use) {
		written.Store(true)
		return
	}
	waiting := k.waiting[use.ID.Shard()]
	if waiting == nil {
		waiting = make(map[session.Use]struct{})
		k.waiting[use.ID.Shard()] = waiting
	}
	if _, ok := waiting[use]; ok || len(waiting) >= maxConfirming {
		return
	}
	waiting[use] = struct{}{}
	k.again()
}

// isWritten reports whether the store is known to have noted a use. k.mu is held.
func (k *Confirmer) isWritten(use session.Use) bool {
	_, now := k.written[use]
	_, before := k.older[use]
	return now || before
}

func (k *Confirmer) run() {
	defer close(k.done)
	for {
		select {
		case <-k.stop:
			return
		case <-k.wake:
		}
		select {
		case <-k.stop:
			return
		case <-time.After(confirmEvery):
		}
		ctx, cancel := context.WithTimeout(context.Background(), confirmTime)
		if !k.flush(ctx) {
			k.again()
		}
		cancel()
	}
}

// again makes run write once more.
func (k *Confirmer) again() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// flush writes everything that waits, all shards at once, and reports whether the store
// accepted it all.
func (k *Confirmer) flush(ctx context.Context) bool {
	var wg sync.WaitGroup
	var failed atomic.Bool
	for _, shard := range k.shards() {
		wg.Go(func() {
			if !k.flushShard(ctx, shard) {
				failed.Store(true)
			}
		})
	}
	wg.Wait()
	return !failed.Load()
}

// shards returns the shards with something to write.
func (k *Confirmer) shards() []uint8 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Keys(k.waiting))
}

func (k *Confirmer) flushShard(ctx context.Context, shard uint8) bool {
	for {
		batch := k.batch(shard)
		if len(batch) == 0 {
			return true
		}
		if err := k.store.Confirm(ctx, batch); err != nil {
			return false
		}
		k.settle(shard, batch)
	}
}

func (k *Confirmer) batch(shard uint8) []session.Use {
	k.mu.Lock()
	defer k.mu.Unlock()
	batch := make([]session.Use, 0, min(len(k.waiting[shard]), confirmBatch))
	for use := range k.waiting[shard] {
		if len(batch) == confirmBatch {
			break
		}
		batch = append(batch, use)
	}
	return batch
}

func (k *Confirmer) settle(shard uint8, batch []session.Use) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, use := range batch {
		delete(k.waiting[shard], use)
		if len(k.written) >= maxConfirmed/2 {
			k.older, k.written = k.written, make(map[session.Use]struct{})
		}
		k.written[use] = struct{}{}
	}
	if len(k.waiting[shard]) == 0 {
		delete(k.waiting, shard)
	}
}

// Close writes the confirmations that wait and stops the goroutine. It returns ctx's error
// if ctx ends first, and [refusal.Unavailable], with ctx's error if it has one by then, if the
// store did not accept them all.
func (k *Confirmer) Close(ctx context.Context) error {
	k.once.Do(func() { close(k.stop) })
	select {
	case <-k.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !k.flush(ctx) {
		return refusal.Wrap(refusal.Unavailable, fmt.Errorf("confirmations were not written: %w", cmp.Or(ctx.Err(), session.ErrUnavailable)))
	}
	return nil
}
