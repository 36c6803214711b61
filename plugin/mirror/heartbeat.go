package mirror

import (
	"context"
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Reasons for reading a shard again from the start. They are the Err of a
// [session.NoticeResync] and the Cause of [ShardStatus].
var (
	// ErrEpochChanged means that the store lost its data, or was used for the first time.
	ErrEpochChanged = errors.New("mirror: the log has another epoch")
	// ErrServerChanged means that another server, or a restarted one, answers.
	ErrServerChanged = errors.New("mirror: another server keeps the log")
	// ErrWentBack means that the log ends before entries that were already read from it.
	ErrWentBack = errors.New("mirror: the log went back")
	// ErrGap means that entries may have been dropped from the log before they were read. A
	// log that was empty for a long time looks the same.
	ErrGap = errors.New("mirror: the log has a gap")
	// ErrClockJumped means that the store's clock was set.
	ErrClockJumped = errors.New("mirror: the store's clock jumped")
)

// beat seeks a proof at each heartbeat, and whenever seekProof requests one.
func (sh *shard) beat(ctx context.Context) {
	tick := time.NewTicker(sh.m.o.Heartbeat)
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

// seek reads the state of the log and compares it with the copy.
func (sh *shard) seek(ctx context.Context) {
	sh.mu.Lock()
	if !sh.loaded || sh.resync {
		sh.mu.Unlock()
		return
	}
	applied, loads := sh.applied, sh.loads
	at := sh.m.elapsed()
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
		return // the log was read again meanwhile: the answer is outdated
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

// unblock cancels a waiting read that has not returned entries which were known to be in the
// log a heartbeat ago. sh.mu is held.
func (sh *shard) unblock(now time.Duration) {
	if sh.awaited.open && now-sh.awaited.at >= sh.m.o.Heartbeat && !sh.polling {
		sh.poll = true
		sh.cancelRead()
	}
}

// judge compares the log with its earlier state. applied is the position that the copy had
// reached when the state was asked for. sh.mu is held.
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

// demand makes follow read the log from its start.
func (sh *shard) demand(cause error) {
	sh.mu.Lock()
	first := sh.loaded && !sh.resync
	if first {
		sh.resync, sh.state, sh.cause = true, Resyncing, cause
		sh.trusted.Store(0)
		sh.cancelRead()
		sh.note(session.Notice{Kind: session.NoticeResync, Err: cause})
	}
	sh.mu.Unlock()
	if first {
		sh.m.unknown()
		sh.m.notices.run()
	}
}
