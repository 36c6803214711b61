package mirror

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	readWait  = time.Second            // how long a read waits for new entries
	readBatch = 2000                   // entries per read
	callTime  = 2 * time.Second        // time limit of a call, in addition to its wait
	errorWait = 100 * time.Millisecond // pause after a failure
)

// follow reads the log until the mirror is closed: first all of it, then the new entries, and
// all of it again whenever that becomes necessary.
func (sh *shard) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := sh.load(ctx); err != nil {
			sh.pause(ctx, err)
			continue
		}
		sh.heal()
		sh.seekProof()
		for sh.step(ctx) {
		}
	}
}

// load reads the log from its start. Known entries stay known. Afterwards the list shows which
// of them the log lacks.
func (sh *shard) load(ctx context.Context) error {
	sh.stopHealing()
	sh.mu.Lock()
	sh.loaded, sh.resync, sh.poll = false, false, false
	sh.awaited.open = false
	sh.trusted.Store(0)
	sh.mu.Unlock()

	sh.herald(ctx)
	sh.forgotten.Store(0) // all is read again
	st, err := sh.ask(ctx)
	if err != nil {
		return err
	}
	sh.list.forget()
	pos, err := sh.readAll(ctx, st.Last)
	if err != nil {
		return err
	}
	if pos.Before(st.Trimmed) && !st.Last.Before(st.Trimmed) { // nothing is left up to there, or in the whole log
		pos = st.Trimmed
	}
	sh.mu.Lock()
	sh.loaded, sh.base, sh.gapless = true, st, st.Last
	sh.loads++
	sh.mu.Unlock()
	sh.advance(pos)
	return nil
}

// readAll applies the log from its start up to a position, or up to its end if that comes
// first because the log was lost meanwhile. It reads the next batch while one is applied.
func (sh *shard) readAll(ctx context.Context, last session.Position) (session.Position, error) {
	batches, applied := make(chan []session.Entry), make(chan struct{})
	go func() {
		defer close(applied)
		for entries := range batches {
			sh.learnLogged(entries)
		}
	}()
	defer func() {
		close(batches)
		<-applied
	}()
	var pos session.Position
	for pos.Before(last) {
		entries, next, err := sh.read(ctx, pos, 0)
		if err != nil {
			return pos, err
		}
		batches <- entries
		if next == pos {
			break
		}
		pos = next
	}
	return pos, nil
}

// step reads once more. It returns false if the log has to be read from its start or ctx ended.
func (sh *shard) step(ctx context.Context) bool {
	reading, from, wait, ok := sh.begin(ctx)
	if !ok {
		return false
	}
	entries, next, err := sh.read(reading, from, wait)
	interrupted := reading.Err() != nil
	sh.end()
	switch {
	case err == nil:
		sh.learnLogged(entries)
		if next != from {
			sh.advance(next)
		}
	case ctx.Err() != nil:
		return false
	case !interrupted:
		sh.pause(ctx, err)
	}
	return true
}

// begin prepares a read that beat can cancel.
func (sh *shard) begin(ctx context.Context) (reading context.Context, from session.Position, wait time.Duration, ok bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.resync || ctx.Err() != nil {
		return nil, from, 0, false
	}
	reading, sh.interrupt = context.WithCancel(ctx)
	sh.poll, sh.polling = false, sh.poll
	if sh.polling {
		return reading, sh.applied, 0, true
	}
	return reading, sh.applied, readWait, true
}

func (sh *shard) end() {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.interrupt()
	sh.interrupt = nil
}

// cancelRead ends the read that is under way. sh.mu is held.
func (sh *shard) cancelRead() {
	if sh.interrupt != nil {
		sh.interrupt()
	}
}

func (sh *shard) read(ctx context.Context, after session.Position, wait time.Duration) ([]session.Entry, session.Position, error) {
	ctx, cancel := context.WithTimeout(ctx, wait+callTime)
	defer cancel()
	return sh.m.store.Read(ctx, sh.n, after, readBatch, wait)
}

// ask reads the state of the log, and records the store's clock and who is putting entries back.
func (sh *shard) ask(ctx context.Context) (session.LogState, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	began, wall := sh.m.elapsed(), sh.m.readClock()
	st, err := sh.m.store.State(ctx, sh.n)
	if err != nil {
		return st, err
	}
	sh.meet(st)
	sh.heed(st)
	sh.compare(st.Now, wall)
	if sh.clock.observe(st.Now, began, sh.m.elapsed()) {
		sh.demand(ErrClockJumped)
	}
	return st, nil
}

// pause records an error and waits briefly.
func (sh *shard) pause(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	sh.failed(err)
	sleep(ctx, errorWait)
}
