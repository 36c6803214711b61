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
	// ErrServerLeft means that some time ago another server answered, and that by now no
	// connection leads to the one before. The log is read once more: until then entries may
	// have been read from the old server, or put back there.
	ErrServerLeft = errors.New("mirror: the last connections to a server that was replaced have ended")
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
		_, _ = sh.seek(ctx)
	}
}

// seek reads the state of the log and compares it with the copy. sound reports that the copy
// has been read from that log.
func (sh *shard) seek(ctx context.Context) (sound bool, err error) {
	sh.mu.Lock()
	if !sh.loaded || sh.resync {
		sh.mu.Unlock()
		return false, nil
	}
	applied, loads := sh.applied, sh.loads
	p := proof{open: true, at: sh.m.elapsed(), asked: time.Now()}
	sh.mu.Unlock()

	st, err := sh.ask(ctx)
	if err != nil {
		if ctx.Err() == nil {
			sh.failed(err)
		}
		return false, err
	}
	p.counts, p.last = p.at-max(0, st.Doubt), st.Last
	sh.mu.Lock()
	if !sh.loaded || sh.resync || sh.loads != loads {
		sh.mu.Unlock()
		return false, nil // the log was read again meanwhile: the answer is outdated
	}
	if cause := sh.judge(st, applied, p.at); cause != nil {
		sh.mu.Unlock()
		sh.demand(cause)
		return false, nil
	}
	sh.gapless = applied
	reached := !sh.applied.Before(st.Last)
	if !reached {
		if !sh.awaited.open {
			sh.awaited = p
		}
		sh.expectProgress()
	}
	sh.mu.Unlock()
	if reached {
		sh.prove(p)
	}
	return true, nil
}

// silence is how long a waiting read may fail to return entries that are known to be in the
// log, at most a heartbeat. A connection that is half open, or leads to a server that no longer
// has the log, says nothing. Usually the entries arrive within milliseconds.
const silence = 100 * time.Millisecond

// expectProgress cancels the waiting read under way if it goes on being silent. sh.mu is held.
func (sh *shard) expectProgress() {
	if sh.polling || sh.listening {
		return
	}
	sh.listening = true
	applied, loads := sh.applied, sh.loads
	time.AfterFunc(min(silence, sh.m.o.Heartbeat), func() {
		sh.mu.Lock()
		defer sh.mu.Unlock()
		sh.listening = false
		if sh.applied == applied && sh.loads == loads && !sh.polling {
			sh.poll = true
			sh.cancelRead()
		}
	})
}

// judge compares the log with its earlier state. applied is the position that the copy had
// reached when the state was asked for, and asked is that moment. sh.mu is held.
func (sh *shard) judge(st session.LogState, applied session.Position, asked time.Duration) error {
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
	case sh.reread > 0 && asked >= sh.reread:
		sh.reread = 0
		return ErrServerLeft
	}
	sh.base.Epoch = st.Epoch
	return nil
}

// demand makes follow read the log from its start. If it is being read from the start for the
// first time, it is read again afterwards, without a notice.
func (sh *shard) demand(cause error) {
	sh.mu.Lock()
	first := sh.loaded && !sh.resync
	sh.resync = true
	if first {
		sh.state, sh.cause = Resyncing, cause
		if !errors.Is(cause, ErrServerLeft) { // the wait began when the new server answered
			sh.wait(sh.m.settling())
		}
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
