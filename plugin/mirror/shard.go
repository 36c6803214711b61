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

	mu     sync.Mutex // guards all fields below; never held while waiting
	state  State
	met    time.Time     // the store's first answer, in real time
	proven time.Duration // the moment of the last proof
	err    error         // the last one since the last proof
	cause  error         // of the last resync

	loaded   bool             // the log has been read from its start
	loads    int              // how often
	base     session.LogState // the log's state at that time
	applied  session.Position // end of the part that is applied
	gapless  session.Position // up to here no entry was trimmed unread
	awaited  proof            // complete once the log is applied up to its position
	earliest time.Duration    // proofs of earlier moments do not count
	own      []ownEntry       // not yet seen in the log

	resync    bool               // the log has to be read from its start
	poll      bool               // the next read must not wait
	polling   bool               // the read under way does not wait
	interrupt context.CancelFunc // cancels the read under way

	healing context.CancelFunc // cancels healing
	healed  chan struct{}      // closed while no healing is under way
}

// proof states where the log ended at a moment.
type proof struct {
	open bool
	at   time.Duration
	last session.Position
}

// ownEntry is a revocation by this node, and its moment.
type ownEntry struct {
	session.Entry
	at time.Duration
}

func newShard(m *Mirror, n int) *shard {
	sh := &shard{m: m, n: n, kick: make(chan struct{}, 1), healing: func() {}, healed: make(chan struct{})}
	sh.list.seed = maphash.MakeSeed()
	close(sh.healed)
	return sh
}

// trusts reports whether the copy may let a token pass.
func (sh *shard) trusts(now time.Duration) bool { return int64(now) < sh.trusted.Load() }

// position returns how far the log has been applied; zero while it is read from the start.
func (sh *shard) position() session.Position {
	if !sh.loaded {
		return session.Position{}
	}
	return sh.applied
}

// learn adds an entry to the list, and publishes it if it is new.
func (sh *shard) learn(e session.Entry, end stamp) {
	if sh.list.add(e, end) {
		sh.m.feed.publish(e)
	}
}

// learnLogged adds entries that were read from the log, except those that have ended.
func (sh *shard) learnLogged(entries []session.Entry) {
	now := stampOf(sh.m.elapsed() - clockSlack)
	for _, e := range entries {
		if end := sh.clock.stamp(e.Until); end >= now {
			sh.learn(e, end|seenBit)
		}
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

// endAfter returns the end of a revocation made now.
func (sh *shard) endAfter(retain time.Duration) stamp { return stampOf(sh.m.elapsed()+retain) + 1 }

// advance records how far the log has been applied.
func (sh *shard) advance(to session.Position) {
	sh.mu.Lock()
	sh.applied = to
	reached := sh.awaited.open && !to.Before(sh.awaited.last)
	at := sh.awaited.at
	if reached {
		sh.awaited.open = false
	}
	sh.mu.Unlock()
	if reached {
		sh.prove(at)
	}
	sh.m.moved()
}

// prove extends the trust in the copy, which was complete at that moment.
func (sh *shard) prove(at time.Duration) {
	sh.mu.Lock()
	if at < sh.earliest || !sh.loaded || sh.resync || !sh.m.isKnown(at) || time.Since(sh.met) < sh.m.o.settling() {
		sh.mu.Unlock()
		return
	}
	until := int64(at + sh.m.o.MaxStaleness)
	if sh.m.roster != nil { // no longer than barriers wait for this node
		until = min(until, sh.m.announced.Load())
	}
	sh.trusted.Store(until)
	sh.proven, sh.err = at, nil
	if sh.state != InStep {
		sh.state = InStep
		sh.note(session.Notice{Kind: session.NoticeInStep})
	}
	lost := sh.ownLost(at)
	sh.mu.Unlock()
	sh.m.notices.run()
	if lost {
		sh.heal()
	}
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

// distrust ends the trust in the copy until a proof of a later moment.
func (sh *shard) distrust() {
	sh.mu.Lock()
	sh.earliest = sh.m.elapsed()
	sh.awaited.open = false
	sh.trusted.Store(0)
	sh.mu.Unlock()
	sh.seekProof()
}

// meet records that the store has answered, and requests a proof for when it may count.
func (sh *shard) meet() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.met.IsZero() {
		sh.met = time.Now()
		time.AfterFunc(sh.m.o.settling(), sh.seekProof)
	}
}

func (sh *shard) seekProof() {
	select {
	case sh.kick <- struct{}{}:
	default:
	}
}

// reportStale emits a notice when the last proof has become too old.
func (sh *shard) reportStale() {
	now := sh.m.elapsed()
	sh.mu.Lock()
	if sh.state == InStep && now-sh.proven >= sh.m.o.MaxStaleness {
		sh.state = Stale
		sh.note(session.Notice{Kind: session.NoticeStale, Err: sh.err})
	}
	sh.mu.Unlock()
	sh.m.notices.run()
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
