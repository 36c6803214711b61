package mirror

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// closeBound is how long Close waits for a store that does not answer, and the time that
	// it has to put entries back if its context has no deadline.
	closeBound = 5 * time.Second
	closePoll  = 10 * time.Millisecond
)

// finish puts back what the store has lost, on all shards at once. It looks once more, because
// the store may have lost its data since the last heartbeat, and this node may be the only one
// that knows: nodes that are restarted one by one must not forget between them.
func (m *Mirror) finish(ctx context.Context) error {
	bound := closeBound
	if end, ok := ctx.Deadline(); ok {
		bound = time.Until(end) * 9 / 10 // the rest is for stopping
	}
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	return each(m.shards, func(_ int, sh *shard) error { return sh.finish(ctx) })
}

func (sh *shard) finish(ctx context.Context) error {
	sh.mu.Lock()
	sh.reread = min(sh.reread, sh.m.elapsed()) // if it is due at all, then now
	sh.mu.Unlock()
	first, cancel := context.WithTimeout(ctx, closeBound)
	defer cancel()
	for answered := false; sh.list.entries.Load() > 0; {
		waiting := ctx
		if !answered {
			waiting = first
		}
		looked, err := sh.seek(waiting)
		switch {
		case looked && !sh.lacking():
			return nil
		case looked:
			answered = true
			sh.heal()
			sh.awaitHealing(ctx)
		case !sleep(waiting, closePoll):
			return sh.unfinished(err)
		}
	}
	return nil
}

// unfinished is the error of a shard that could not finish.
func (sh *shard) unfinished(err error) error {
	if err == nil {
		sh.mu.Lock()
		err = sh.err
		sh.mu.Unlock()
	}
	if err == nil {
		err = context.DeadlineExceeded
	}
	return fmt.Errorf("mirror: Close: %w: shard %d may lack revocations that this node knows: %w", session.ErrUnavailable, sh.n, err)
}

// awaitHealing returns when no healing is under way, or ctx has ended.
func (sh *shard) awaitHealing(ctx context.Context) {
	sh.mu.Lock()
	healed := sh.healed
	sh.mu.Unlock()
	select {
	case <-healed:
	case <-ctx.Done():
	}
}
