package mirror

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// ErrKeptTooShort means that revocations have to be kept for longer than before: this node
// accepts tokens for longer after their exp, or its clock has fallen behind the store's.
var ErrKeptTooShort = errors.New("mirror: revocations have to be kept for longer")

// Keep implements [session.Keeper]: this node accepts access tokens for that long after their
// exp, so the copy keeps revocations as long. What the copy has already dropped is read from
// the log again; meanwhile the store is asked. At most [session.MaxLeeway], because the store
// keeps nothing for longer.
func (m *Mirror) Keep(leeway time.Duration) {
	leeway = min(leeway, session.MaxLeeway)
	for {
		was := m.leeway.Load()
		if int64(leeway) <= was {
			return
		}
		if m.leeway.CompareAndSwap(was, int64(leeway)) {
			break
		}
	}
	for _, sh := range m.shards {
		sh.recall()
	}
}

// horizon returns the moment before which entries must have ended to be dropped.
//
// A token is accepted until its exp plus the leeway, by this machine's clock. If that clock is
// behind the store's, by which entries end, they are kept longer by the difference. clockSlack
// also covers its being rounded down. A shard that has no proof yet keeps what any leeway may
// need: [Mirror.Keep] is called soon after [New], and then nothing has to be read again.
func (sh *shard) horizon() stamp {
	leeway := time.Duration(sh.m.leeway.Load())
	if !sh.matured.Load() {
		leeway = session.MaxLeeway
	}
	return stampOf(sh.m.elapsed() - leeway - time.Duration(sh.behind.Load()) - clockSlack)
}

// compare records how far this machine's clock is behind the store's, in whole seconds. Between
// two full reads of the log the largest difference counts.
func (sh *shard) compare(store, own time.Time) {
	behind := store.Sub(own.Round(0)).Truncate(time.Second) // Round: the wall clock
	sh.mu.Lock()
	was := time.Duration(sh.behind.Load())
	grown := behind > was
	if grown || !sh.loaded && was-max(0, behind) > clockTolerance {
		sh.behind.Store(int64(max(0, behind)))
	}
	sh.mu.Unlock()
	if grown {
		sh.recall()
	}
}

// forgot records that entries which ended before a horizon were dropped, or left out.
func (sh *shard) forgot(horizon stamp) {
	for was := sh.forgotten.Load(); uint32(horizon) > was; was = sh.forgotten.Load() {
		if sh.forgotten.CompareAndSwap(was, uint32(horizon)) {
			break
		}
	}
	sh.recall() // the horizon may have gone back meanwhile
}

// recall demands that the log is read again if an entry that has to be kept may be missing.
func (sh *shard) recall() {
	if sh.horizon() < stamp(sh.forgotten.Load()) {
		sh.demand(ErrKeptTooShort)
	}
}
