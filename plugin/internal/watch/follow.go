package watch

import (
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	followWait  = time.Second
	followPause = 200 * time.Millisecond
	followBatch = 256
)

func (l *Live) followLog() {
	log, ok := session.As[session.Log](l.store)
	if !ok {
		return
	}
	for shard := range log.Shards() {
		go l.followShard(log, shard)
	}
}

// followShard reads one shard's log from its end on. After every failure it finds the end
// again and asks about every live token, so that nothing in between is missed.
func (l *Live) followShard(log session.Log, shard int) {
	for l.ctx.Err() == nil {
		state, err := log.State(l.ctx, shard)
		if err == nil {
			l.recheckAll()
			l.readFrom(log, shard, state)
		}
		select {
		case <-l.ctx.Done():
		case <-time.After(followPause):
		}
	}
}

// readFrom reads until the first error, or until the log is no longer the same one: it went
// backwards, lost its data, or another server keeps it. It looks for that once a followWait.
func (l *Live) readFrom(log session.Log, shard int, was session.LogState) {
	at, looked := was.Last, time.Now()
	for {
		entries, next, err := log.Read(l.ctx, shard, at, followBatch, followWait)
		if err != nil {
			return
		}
		for _, e := range entries {
			l.apply(e)
		}
		at = next
		if len(entries) > 0 && time.Since(looked) < followWait {
			continue
		}
		looked = time.Now()
		is, err := log.State(l.ctx, shard)
		if err != nil || is.Last.Before(at) || is.Epoch != was.Epoch || is.Server != was.Server {
			return
		}
	}
}
