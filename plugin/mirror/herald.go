package mirror

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

// renewal is how often a node repeats that it is putting entries back.
const renewal = session.RestoreHold / 3

// herald announces in the store, before the log is read, that this node may have to put
// entries back: nodes that start now must not trust a log that lacks them. It repeats that
// until hush is called, since reading and putting back may take longer than the announcement
// counts. A store that takes no announcement is read all the same, because reading may be all
// that works, and the attempts go on.
func (sh *shard) herald(ctx context.Context) {
	if sh.list.entries.Load() == 0 {
		return
	}
	if err := sh.restore(ctx, nil); err != nil && ctx.Err() == nil {
		sh.failed(err)
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.heralding != nil {
		return
	}
	ctx, sh.heralding = context.WithCancel(ctx)
	sh.m.tasks.Go(func() {
		for sleep(ctx, renewal) {
			_ = sh.restore(ctx, nil) // the next attempt is soon
		}
	})
}

// hush ends the announcements. sh.mu is held.
func (sh *shard) hush() {
	if sh.heralding != nil {
		sh.heralding()
		sh.heralding = nil
	}
}
