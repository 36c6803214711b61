package mirror

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// healSpread is the longest random wait before a node begins to heal, so that one node can
	// do most of the work if there is little.
	healSpread = 50 * time.Millisecond
	healBatch  = 200 // entries per call: one short step of the store
	healers    = 2   // calls under way per shard, so that the store need not wait for this node
	allHealers = 8   // calls under way per Mirror, so that they do not take up all connections
)

// heal starts to put back the entries that the log lacks, if there are any.
func (sh *shard) heal() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	select {
	case <-sh.healed:
	default:
		return // healing is already under way
	}
	if !sh.lacking() {
		sh.hush()
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	sh.healing, sh.healed = cancel, done
	go func() {
		defer close(done)
		defer cancel()
		sh.putBack(ctx)
	}()
}

// stopHealing cancels healing and returns when it has stopped.
func (sh *shard) stopHealing() {
	sh.mu.Lock()
	cancel, done := sh.healing, sh.healed
	sh.mu.Unlock()
	cancel()
	<-done
}

// lacking reports whether the log lacks an entry that this node keeps. An entry beyond its end
// counts as well: another node may accept tokens for longer.
func (sh *shard) lacking() bool {
	horizon := sh.horizon()
	for i := range buckets {
		if len(sh.list.lost(i, horizon, sh.clock.until)) > 0 {
			return true
		}
	}
	return false
}

// putBack works until the log lacks nothing. Meanwhile follow reads the entries that other
// nodes put back, and putBack leaves those out.
func (sh *shard) putBack(ctx context.Context) {
	if !sleep(ctx, rand.N(healSpread)) { //nolint:gosec // a delay, not a secret
		return
	}
	count := 0
	for {
		n, err := sh.putBackAll(ctx)
		count += n
		if err == nil || ctx.Err() != nil {
			break
		}
		sh.pause(ctx, err)
	}
	sh.mu.Lock()
	if ctx.Err() == nil {
		sh.hush()
	}
	if count > 0 {
		sh.note(session.Notice{Kind: session.NoticeHealed, Count: count})
	}
	sh.mu.Unlock()
	sh.m.notices.run()
}

// putBackAll goes through the list once, with several calls under way.
func (sh *shard) putBackAll(ctx context.Context) (count int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work := newHarvest(sh)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range healers {
		wg.Go(func() {
			for batch := work.next(); len(batch) > 0; batch = work.next() {
				failed := sh.restore(ctx, batch)
				mu.Lock()
				if failed == nil {
					count += len(batch)
				} else if err == nil { // the first; it makes the others end
					err = failed
					cancel()
				}
				stop := err != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	return count, err
}

// restore puts back a batch. Its entries then count as seen in the log, even if the store had
// nothing to write. Without entries it only announces, and waits for no other call.
func (sh *shard) restore(ctx context.Context, batch []session.Entry) error {
	if len(batch) > 0 {
		select {
		case sh.m.healers <- struct{}{}:
			defer func() { <-sh.m.healers }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	restoring, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := sh.m.store.Restore(restoring, sh.n, batch); err != nil {
		return err
	}
	for _, e := range batch {
		sh.list.add(e, seenNow, momentOf(sh.m.elapsed()))
	}
	return nil
}
