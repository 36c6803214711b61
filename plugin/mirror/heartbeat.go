package mirror

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Why a shard was read anew: Event.Err and ShardStatus.Cause.
var (
	// ErrEpochChanged: the store lost its data, or was used for the first time.
	ErrEpochChanged = errors.New("mirror: the log has another epoch")
	// ErrServerChanged: another server, or a restarted one, answers.
	ErrServerChanged = errors.New("mirror: another server keeps the log")
	// ErrWentBack: the log ends before what was read from it.
	ErrWentBack = errors.New("mirror: the log went back")
	// ErrGap: entries may have been dropped from the log before they were read. A log
	// that was empty for a long time looks like this too.
	ErrGap = errors.New("mirror: the log has a gap")
	// ErrClockJumped: the store's clock was set.
	ErrClockJumped = errors.New("mirror: the store's clock jumped")
)

// beat seeks a proof at each heartbeat, and whenever it is asked to.
func (sh *shard) beat(ctx context.Context) {
	tick := time.NewTicker(sh.r.o.Heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-sh.kick:
		}
		sh.seek(ctx)
	}
}

// seek asks where the log stands, and compares.
func (sh *shard) seek(ctx context.Context) {
	sh.mu.Lock()
	if !sh.loaded || sh.resync {
		sh.mu.Unlock()
		return
	}
	applied, loads := sh.applied, sh.loads
	at := sh.r.elapsed()
	sh.unblock(at)
	sh.mu.Unlock()

	st, err := sh.ask(ctx)
	if err != nil {
		if ctx.Err() == nil {
			sh.failed(err)
		}
		return
	}
	sh.mu.Lock()
	if !sh.loaded || sh.resync || sh.loads != loads {
		sh.mu.Unlock()
		return // read anew meanwhile: the answer is about another log
	}
	if cause := sh.judge(st, applied); cause != nil {
		sh.mu.Unlock()
		sh.demand(cause)
		return
	}
	sh.gapless = applied
	reached := !sh.applied.Before(st.Last)
	if !reached && !sh.awaited.open {
		sh.awaited = proof{open: true, at: at, last: st.Last}
	}
	sh.mu.Unlock()
	if reached {
		sh.prove(at)
	}
}

// unblock breaks off a waiting read that did not bring what a heartbeat ago was
// known to be there. sh.mu is held.
func (sh *shard) unblock(now time.Duration) {
	if sh.awaited.open && now-sh.awaited.at >= sh.r.o.Heartbeat && !sh.polling {
		sh.poll = true
		sh.breakOff()
	}
}

// judge compares the log with what it was. applied is how far it had been applied
// when the state was asked for. sh.mu is held.
func (sh *shard) judge(st session.LogState, applied session.Position) error {
	unused := sh.base.Epoch == "" && sh.applied == session.Position{} && sh.list.entries.Load() == 0
	switch {
	case st.Epoch != sh.base.Epoch && !unused:
		return ErrEpochChanged
	case st.Server != sh.base.Server:
		return ErrServerChanged
	case st.Last.Before(applied):
		return ErrWentBack
	case sh.gapless.Before(st.Trimmed):
		return ErrGap
	}
	sh.base.Epoch = st.Epoch
	return nil
}

// demand has the log read from its start.
func (sh *shard) demand(cause error) {
	sh.mu.Lock()
	news := sh.loaded && !sh.resync
	if news {
		sh.resync, sh.state, sh.cause = true, Resyncing, cause
		sh.trusted.Store(0)
		sh.breakOff()
	}
	sh.mu.Unlock()
	if news {
		sh.r.unknown()
		sh.emit(Event{Kind: EventResync, Err: cause})
	}
}
