package ginauth

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// confirmEvery is how long a confirmation waits for others to share its write.
	confirmEvery = 200 * time.Millisecond
	// confirmBatch is how many are written in one call.
	confirmBatch = 512
	// confirmTime bounds a turn: a shard that hangs keeps the others waiting no longer, and
	// what they wait for is still written within a second.
	confirmTime = 500 * time.Millisecond
	// maxConfirming bounds what waits for one shard while it is down. A use that finds no
	// room is noted the next time its token is seen.
	maxConfirming = 16 << 10
	// maxConfirmed bounds what is remembered as written; the older half is then forgotten
	// and may be written once more.
	maxConfirmed = 64 << 10
)

// confirmer writes "this generation was seen in use" behind the request: at most once
// per session and generation while it is remembered, and in batches of one shard, so that
// a shard that is down holds up no other. A use counts as written only when the store has
// said so, so an outage delays confirmations and loses none.
type confirmer struct {
	auth *Auth
	wake chan struct{}
	stop chan struct{}
	done chan struct{}
	once sync.Once

	mu      sync.Mutex
	waiting map[uint8]map[session.Use]struct{} // by shard
	written map[session.Use]struct{}
	older   map[session.Use]struct{}
}

func newConfirmer(a *Auth) *confirmer {
	k := &confirmer{
		auth:    a,
		wake:    make(chan struct{}, 1),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
		waiting: make(map[uint8]map[session.Use]struct{}),
		written: make(map[session.Use]struct{}),
	}
	go k.run()
	return k
}

// seen notes a use of an access token. It never blocks on the store. A token in the cache
// remembers that its use was written, so that later requests do not meet at the lock.
func (k *confirmer) seen(access *token.Verified) {
	if access.Generation == 0 || access.Confirmed.Load() {
		return
	}
	use := session.Use{ID: access.SessionID, Generation: access.Generation}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.isWritten(use) {
		access.Confirmed.Store(true)
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
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// isWritten reports whether the store is known to have noted a use. k.mu is held.
func (k *confirmer) isWritten(use session.Use) bool {
	_, now := k.written[use]
	_, before := k.older[use]
	return now || before
}

func (k *confirmer) run() {
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

// again makes run try once more although nobody new was seen.
func (k *confirmer) again() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// flush writes everything that waits and reports whether the store took it all. The
// shards are written side by side.
func (k *confirmer) flush(ctx context.Context) bool {
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

// shards are those that something waits for.
func (k *confirmer) shards() []uint8 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Keys(k.waiting))
}

func (k *confirmer) flushShard(ctx context.Context, shard uint8) bool {
	for {
		batch := k.batch(shard)
		if len(batch) == 0 {
			return true
		}
		if err := k.auth.store.Confirm(ctx, batch); err != nil {
			return false
		}
		k.settle(shard, batch)
	}
}

func (k *confirmer) batch(shard uint8) []session.Use {
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

func (k *confirmer) settle(shard uint8, batch []session.Use) {
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

func (k *confirmer) close(ctx context.Context) error {
	k.once.Do(func() { close(k.stop) })
	select {
	case <-k.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !k.flush(ctx) {
		return refuse(ErrUnavailable, session.ErrUnavailable)
	}
	return nil
}
