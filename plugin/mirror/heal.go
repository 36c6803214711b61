package mirror

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// healSpread is the longest random wait before a node begins to heal, so that one node can
	// do the work of all.
	healSpread = 200 * time.Millisecond
	healBatch  = 500 // entries per call
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

func (sh *shard) lacking() bool {
	now := stampOf(sh.m.elapsed())
	for i := range buckets {
		if len(sh.list.lost(i, now, sh.clock.until)) > 0 {
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
	if count > 0 {
		sh.mu.Lock()
		sh.note(session.Notice{Kind: session.NoticeHealed, Count: count})
		sh.mu.Unlock()
		sh.m.notices.run()
	}
}

// putBackAll goes through the list once. It starts at a random bucket, so that nodes that heal
// at the same time begin with different entries.
func (sh *shard) putBackAll(ctx context.Context) (count int, err error) {
	first := rand.IntN(buckets) //nolint:gosec // where to begin, not a secret
	var batch []session.Entry
	for i := range buckets {
		lost := sh.list.lost((first+i)%buckets, stampOf(sh.m.elapsed()), sh.clock.until)
		batch = append(batch, lost...)
		if len(batch) < healBatch && i < buckets-1 {
			continue
		}
		if err := sh.restore(ctx, batch); err != nil {
			return count, err
		}
		count += len(batch)
		batch = batch[:0]
	}
	return count, nil
}

// restore puts back a batch. Its entries then count as seen in the log, even if the store had
// nothing to write.
func (sh *shard) restore(ctx context.Context, batch []session.Entry) error {
	for len(batch) > 0 {
		part := batch[:min(len(batch), healBatch)]
		batch = batch[len(part):]
		for i := range part {
			part[i].Shard = uint8(sh.n)
		}
		restoring, cancel := context.WithTimeout(ctx, callTime)
		err := sh.m.store.Restore(restoring, sh.n, part)
		cancel()
		if err != nil {
			return err
		}
		for _, e := range part {
			sh.list.add(e, seenBit)
		}
	}
	return nil
}
