package mirror

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// shard is the copy of one shard of the log. Two goroutines serve it: follow reads
// the log, beat seeks proofs. A third puts back what the log has lost, now and then.
type shard struct {
	r     *Mirror
	n     int
	list  list
	clock clock
	kick  chan struct{} // asks for a proof now

	// trusted is until when, by the mirror's own time, the copy may let a token pass.
	trusted atomic.Int64

	mu     sync.Mutex // guards all below; nothing that waits is done under it
	state  State
	met    time.Time     // when the store first answered, in real time
	proven time.Duration // when the last proof was sought
	err    error         // since the last proof
	cause  error         // of the last resync

	loaded   bool             // the log has been read from its start
	loads    int              // how often that has been done
	base     session.LogState // what the log was then
	applied  session.Position // read and applied up to here
	gapless  session.Position // up to here nothing was trimmed unread
	awaited  proof            // waits for the log to be applied
	earliest time.Duration    // proofs sought earlier do not count
	own      []ownEntry       // to be seen in the log

	resync    bool               // the log has to be read from its start
	poll      bool               // the next read must not wait
	polling   bool               // the read that is going on does not wait
	interrupt context.CancelFunc // breaks off the read that is going on

	healing context.CancelFunc // stops healed
	healed  chan struct{}      // closed when nothing is being put back
}

// proof says that at a moment the log ended at a position.
type proof struct {
	open bool
	at   time.Duration
	last session.Position
}

// ownEntry is a revocation that this node made, and when.
type ownEntry struct {
	session.Entry
	at time.Duration
}

func newShard(r *Mirror, n int) *shard {
	sh := &shard{r: r, n: n, kick: make(chan struct{}, 1), healing: func() {}, healed: make(chan struct{})}
	sh.list.seed = maphash.MakeSeed()
	close(sh.healed)
	return sh
}

// trusts reports whether the copy may let a token pass.
func (sh *shard) trusts(now time.Duration) bool { return int64(now) < sh.trusted.Load() }

// position is how far the log has been applied; while it is read anew, nowhere.
func (sh *shard) position() session.Position {
	if !sh.loaded {
		return session.Position{}
	}
	return sh.applied
}

// learn notes an entry and tells the subscribers.
func (sh *shard) learn(e session.Entry, end stamp) {
	if sh.list.add(e, end) {
		sh.r.feed.publish(e)
	}
}

// learnLogged notes entries that were read from the log. Those that have ended are
// left out.
func (sh *shard) learnLogged(entries []session.Entry) {
	now := stampOf(sh.r.elapsed() - clockSlack)
	for _, e := range entries {
		if end := sh.clock.stamp(e.Until); end >= now {
			sh.learn(e, end|seenBit)
		}
	}
}

// learnOwn notes a revocation that this node made just now. The log should show it
// soon; if it does not, prove will find out.
func (sh *shard) learnOwn(e session.Entry, end stamp) {
	sh.mu.Lock()
	sh.own = append(sh.own, ownEntry{e, sh.r.elapsed()})
	sh.mu.Unlock()
	sh.learn(e, end)
}

// endAfter is the end of a revocation of now.
func (sh *shard) endAfter(retain time.Duration) stamp { return stampOf(sh.r.elapsed()+retain) + 1 }

// advance notes how far the log has been applied.
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
	sh.r.moved()
}

// prove trusts the copy: at that moment nothing was missing from it.
func (sh *shard) prove(at time.Duration) {
	sh.mu.Lock()
	if at < sh.earliest || !sh.loaded || sh.resync || !sh.r.isKnown(at) || time.Since(sh.met) < sh.r.o.settling() {
		sh.mu.Unlock()
		return
	}
	sh.trusted.Store(int64(at + sh.r.o.MaxStaleness))
	sh.proven, sh.err = at, nil
	entered := sh.state != InStep
	sh.state = InStep
	lost := sh.ownLost(at)
	sh.mu.Unlock()
	if entered {
		sh.emit(Event{Kind: EventInStep})
	}
	if lost {
		sh.heal()
	}
}

// ownLost looks whether the revocations that this node made before a proof was
// sought stand in the log. One may not: the store lost it right after it had
// acknowledged it.
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

// distrust takes trust away until a proof that is sought from now on.
func (sh *shard) distrust() {
	sh.mu.Lock()
	sh.earliest = sh.r.elapsed()
	sh.awaited.open = false
	sh.trusted.Store(0)
	sh.mu.Unlock()
	sh.seekProof()
}

// meet notes that the store has answered, and has a proof sought when it may count.
func (sh *shard) meet() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.met.IsZero() {
		sh.met = time.Now()
		time.AfterFunc(sh.r.o.settling(), sh.seekProof)
	}
}

func (sh *shard) seekProof() {
	select {
	case sh.kick <- struct{}{}:
	default:
	}
}

// notice makes an event of a proof that has become too old.
func (sh *shard) notice() {
	now := sh.r.elapsed()
	sh.mu.Lock()
	stale := sh.state == InStep && now-sh.proven >= sh.r.o.MaxStaleness
	if stale {
		sh.state = Stale
	}
	err := sh.err
	sh.mu.Unlock()
	if stale {
		sh.emit(Event{Kind: EventStale, Err: err})
	}
}

// failed notes an error of the log. Only the first since the last proof is an event.
func (sh *shard) failed(err error) {
	sh.mu.Lock()
	first := sh.err == nil
	sh.err = err
	sh.mu.Unlock()
	if first {
		sh.emit(Event{Kind: EventError, Err: err})
	}
}

func (sh *shard) emit(e Event) {
	e.Shard = sh.n
	sh.r.o.OnEvent(e)
}
