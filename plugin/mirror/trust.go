package mirror

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// errRestoring is why a copy is not trusted although the log can be read.
var errRestoring = errors.New("mirror: another node is putting back what the store has lost")

// never is before every moment of the mirror's own time.
const never = -time.Duration(1 << 62)

// proof states where the log ended at a moment.
type proof struct {
	open   bool
	at     time.Duration    // when the store was asked
	counts time.Duration    // what was true then: earlier by the store's doubt
	asked  time.Time        // at, in real time
	last   session.Position // the end of the log
}

// waits of a shard, in real time. They begin when the store first answers, and again when it
// has lost something: other nodes may know revocations that this copy and the log lack.
//
// A copy that was complete at some moment before the loss is still trusted for MaxStaleness
// from that moment, as if nothing had happened: it can only lack what was revoked after that
// moment, and the bound covers that. Nothing in the new log can prove more until the other
// nodes had time to put back their entries. A node that starts, or that finds the loss after a
// longer silence, has no such moment, and trusts nothing meanwhile.
type waits struct {
	calm  time.Time        // proofs from here on count in full; until then announcements are heeded
	whole time.Duration    // the copy was complete at that moment, before any loss
	met   session.LogState // the latest answer, whether or not the log could be read after it
}

// trusts reports whether the copy may let a token pass.
func (sh *shard) trusts(now time.Duration) bool { return int64(now) < sh.trusted.Load() }

// prove extends the trust in the copy, which has applied the log as far as the proof says.
func (sh *shard) prove(p proof) {
	now := sh.m.elapsed()
	sh.mu.Lock()
	full := !sh.calm.IsZero() && !p.asked.Before(sh.calm)
	until := p.counts + sh.m.o.MaxStaleness
	if !full {
		until = min(until, sh.whole+sh.m.o.MaxStaleness)
	}
	if sh.m.roster != nil { // no longer than barriers wait for this node
		until = min(until, time.Duration(sh.m.announced.Load()))
	}
	if p.counts < sh.earliest || !sh.loaded || sh.resync || until <= now {
		sh.mu.Unlock()
		return
	}
	sh.trusted.Store(int64(until))
	sh.err = nil
	if full {
		sh.proven = p.counts
		sh.matured.Store(true)
		sh.whole = p.counts
	}
	if sh.state != InStep {
		sh.state = InStep
		sh.note(session.Notice{Kind: session.NoticeInStep})
	}
	lost := sh.ownLost(p.counts)
	sh.mu.Unlock()
	sh.m.notices.run()
	if lost {
		sh.heal()
	}
}

// meet begins the wait of a start, when the store has answered for the first time, and again
// when another store answers. Usually judge notices that too, but not before the log was read.
func (sh *shard) meet(st session.LogState) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	lost := sh.met.Epoch != "" && sh.met.Epoch != st.Epoch
	moved := !sh.calm.IsZero() && sh.met.Server != st.Server
	if sh.calm.IsZero() || lost || moved {
		sh.wait(sh.m.settling())
	}
	// A waiting read may begin when its connection's life, the doubt, ends. It takes no longer.
	if moved && st.Doubt > 0 {
		sh.reread = sh.m.elapsed() + 2*st.Doubt
	}
	sh.met = st
}

// settling is how long proofs do not count in full after a start or a loss. Nodes whose
// connections still lead to a server that was replaced notice that later, by the store's doubt.
func (m *Mirror) settling() time.Duration { return m.o.settling() + m.doubt }

// wait lets proofs count in full after d at the earliest, and requests one for then. sh.mu is
// held.
func (sh *shard) wait(d time.Duration) {
	calm := time.Now().Add(d)
	if !calm.After(sh.calm) {
		return
	}
	sh.calm = calm
	if sh.waker == nil {
		sh.waker = time.AfterFunc(d, sh.seekProof)
	} else {
		sh.waker.Reset(d)
	}
}

// heed waits as long as a node announces that it is putting entries back.
//
// A copy that was in step until the loss waits only while that node is seen at work: the node
// then renews its announcement long before half of it has passed. Any other copy waits until
// the announcement has ended, in case the node died at work and its place is taken, and then
// for the time in which others would announce themselves.
//
// An end that lies farther ahead than any announcement is of a clock that was set back since, or
// of another server's. A node at work renews it by the present clock.
func (sh *shard) heed(st session.LogState) {
	left := st.Restoring.Sub(st.Now)
	if left > session.RestoreHold+clockTolerance {
		return
	}
	now := sh.m.elapsed()
	sh.mu.Lock()
	if left > 0 && time.Now().Before(sh.calm) {
		limit := sh.whole + sh.m.o.MaxStaleness
		if limit > now {
			sh.wait(left - session.RestoreHold/2)
		} else {
			sh.wait(left + sh.m.o.settling())
		}
		sh.curb(limit, now)
	}
	sh.mu.Unlock()
	sh.m.notices.run()
}

// curb ends the trust in the copy at a moment. sh.mu is held.
func (sh *shard) curb(limit, now time.Duration) {
	if time.Now().After(sh.calm) || sh.trusted.Load() <= int64(limit) {
		return
	}
	sh.trusted.Store(max(0, int64(limit)))
	if limit <= now && sh.state == InStep {
		sh.state = Stale
		sh.note(session.Notice{Kind: session.NoticeStale, Err: errRestoring})
	}
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
