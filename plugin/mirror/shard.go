package mirror

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// shard is the copy of one shard of the log. Two goroutines serve it: follow reads the log and
// beat seeks proofs. A third one runs while entries are put back into the log.
type shard struct {
	m     *Mirror
	n     int
	list  list
	clock clock
	kick  chan struct{} // a value requests a proof now

	// trusted is the end, in the mirror's own time, of the time in which the copy may let a
	// token pass.
	trusted atomic.Int64

	matured   atomic.Bool   // a proof has counted in full
	behind    atomic.Int64  // how far this machine's clock is behind the store's
	forgotten atomic.Uint32 // stamp: entries that ended before it may have been dropped

	mu     sync.Mutex // guards all fields below; never held while waiting
	state  State
	proven time.Duration // the moment of the last proof that counted in full
	err    error         // the last one since the last proof
	cause  error         // of the last resync

	loaded   bool             // the log has been read from its start
	loads    int              // how often
	base     session.LogState // the log's state at that time
	applied  session.Position // end of the part that is applied
	gapless  session.Position // up to here no entry was trimmed unread
	awaited  proof            // complete once the log is applied up to its position
	earliest time.Duration    // proofs of earlier moments do not count
	reread   time.Duration    // when the log is read once more, for ErrServerLeft; 0: never
	own      []ownEntry       // not yet seen in the log

	waits
	waker *time.Timer // requests a proof when it may count

	resync    bool               // the log has to be read from its start
	poll      bool               // the next read must not wait
	polling   bool               // the read under way does not wait
	listening bool               // a timer runs that will break off a silent read
	interrupt context.CancelFunc // cancels the read under way

	heralding context.CancelFunc // ends the announcements; nil: there are none
	healing   context.CancelFunc // cancels healing
	healed    chan struct{}      // closed while no healing is under way
}

// ownEntry is a revocation by this node, and its moment.
type ownEntry struct {
	session.Entry
	at time.Duration
}

func newShard(m *Mirror, n int) *shard {
	sh := &shard{m: m, n: n, kick: make(chan struct{}, 1), healing: func() {}, healed: make(chan struct{})}
	sh.list.seed = maphash.MakeSeed()
	sh.whole, sh.earliest = never, never
	close(sh.healed)
	return sh
}

// position returns how far the log has been applied; zero while it is read from the start.
func (sh *shard) position() session.Position {
	if !sh.loaded {
		return session.Position{}
	}
	return sh.applied
}

// learn adds an entry to the list, and publishes it if it is new.
func (sh *shard) learn(e session.Entry, end stamp) {
	if sh.list.add(e, end, momentOf(sh.m.elapsed())) {
		sh.m.feed.publish(e)
	}
}

// learnLogged adds entries that were read from the log, except those that are over.
func (sh *shard) learnLogged(entries []session.Entry) {
	horizon := sh.horizon()
	over := false
	for _, e := range entries {
		if end := sh.clock.stamp(e.Until); end >= horizon {
			sh.learn(e, end|seenBit)
		} else {
			over = true
		}
	}
	if over {
		sh.forgot(horizon)
	}
}

// learnOwn adds a revocation that this node has just made. If the log does not show it soon,
// prove notices that.
func (sh *shard) learnOwn(e session.Entry, end stamp) {
	sh.mu.Lock()
	sh.own = append(sh.own, ownEntry{e, sh.m.elapsed()})
	sh.mu.Unlock()
	sh.learn(e, end)
}

// advance records how far the log has been applied.
func (sh *shard) advance(to session.Position) {
	sh.mu.Lock()
	sh.applied = to
	reached := sh.awaited.open && !to.Before(sh.awaited.last)
	p := sh.awaited
	if reached {
		sh.awaited.open = false
	}
	sh.mu.Unlock()
	if reached {
		sh.prove(p)
	}
	sh.m.moved()
}

// ownLost reports whether the log lacks a revocation that this node made before the moment of
// a proof. That happens when the store loses a write right after acknowledging it.
func (sh *shard) ownLost(at time.Duration) (lost bool) {
	young := sh.own[:0]
	for _, e := range sh.own {
		if e.at >= at {
			young = append(young, e)
		} else if sh.list.missing(e.Entry) {
			lost = true
		}
	}
	clear(sh.own[len(young):])
	sh.own = young
	return lost
}

// failed records an error of the log. Only the first since the last proof becomes a notice.
func (sh *shard) failed(err error) {
	sh.mu.Lock()
	if sh.err == nil {
		sh.note(session.Notice{Kind: session.NoticeError, Err: err})
	}
	sh.err = err
	sh.mu.Unlock()
	sh.m.notices.run()
}

// note queues a notice. sh.mu is held, so that notices are in the order of what they report.
// The caller calls notices.run when it has released sh.mu.
func (sh *shard) note(n session.Notice) {
	n.Shard = sh.n
	sh.m.notices.add(n)
}
