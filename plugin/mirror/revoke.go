package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// errNotRead means that a cut-off was written, but this node could not read it back.
var errNotRead = errors.New("mirror: the revocation was written, but this node could not read it back")

func errStillborn(cause error) error {
	return errors.Join(fmt.Errorf("mirror: %w: the store has lost a cut-off", session.ErrUnavailable), cause)
}

// Revoke revokes in the store. When it returns nil, this node already refuses what was
// revoked. The store sets the time of a cut-off, so a cut-off is read back from the log, and made
// again if the log does not show it. If that fails, the error is [session.ErrUnavailable] although
// the store may have the revocation.
func (m *Mirror) Revoke(ctx context.Context, rev session.Revocation) (int, error) {
	switch rev.Kind {
	case session.KindSubject:
		n := session.ShardOf(rev.Subject, len(m.shards))
		return m.revokeCutoff(ctx, rev, m.shards[n:n+1])
	case session.KindAll:
		return m.revokeCutoff(ctx, rev, m.shards)
	}
	count, err := m.store.Revoke(ctx, rev)
	if err != nil {
		return count, err
	}
	m.learnOwn(session.Entry{Kind: rev.Kind, ID: rev.ID, Token: rev.Token, Until: rev.Until})
	return count, nil
}

// learnSession records that this node ended a session.
func (m *Mirror) learnSession(id session.ID, until time.Time) {
	m.learnOwn(session.Entry{Kind: session.KindSession, ID: id, Until: until})
}

// learnOwn records that this node ended a session or a token.
func (m *Mirror) learnOwn(e session.Entry) {
	sh := m.shardOf(e.ID)
	if sh == nil {
		return
	}
	end := sh.guess(e.Until)
	if e.Kind == session.KindSession {
		e.Token = session.TokenID{}
	} else if !e.Until.IsZero() && sh.clock.known.Load() {
		end = sh.clock.stamp(e.Until) // a token ends at its exp
	}
	e.Shard = e.ID.Shard()
	e.Until = sh.clock.until(end)
	sh.learnOwn(e, end)
}

// guessed is how long a revocation by this node is kept at least until the log tells its end,
// which only the store knows: another node may have minted a later token of the session.
const guessed = 24 * time.Hour

// guess returns an end that is not too early, provided that no node mints tokens that live
// longer than a day and longer than those of this node. It takes up no memory for long: the
// log's entry, which usually arrives within milliseconds, replaces it. If the store has lost
// the entry, it is put back at the next proof.
func (sh *shard) guess(until time.Time) stamp {
	now := sh.m.readClock()
	latest := time.Unix(sh.m.tokenEnd.Load(), 0)
	left := max(guessed, until.Sub(now), latest.Sub(now))
	return (stampOf(sh.m.elapsed()+left) + 1) | guessBit
}

// minted records the latest exp of a token that this node mints.
func (m *Mirror) minted(tokenEnd time.Time) {
	for end := tokenEnd.Unix() + 1; ; {
		was := m.tokenEnd.Load()
		if end <= was || m.tokenEnd.CompareAndSwap(was, end) {
			return
		}
	}
}

// readBackTries is how often a cut-off is made at most until this node has read it back.
const readBackTries = 3

// errElsewhere means that the log has no entry of a cut-off that was just made.
var errElsewhere = errors.New("mirror: the log does not show the revocation")

// revokeCutoff makes a cut-off until this node has read it back from the log. While the store's
// address moves, the cut-off may be made by the old server and read from the new one. Then it is
// made again, and the larger count is the number of sessions that either server had.
func (m *Mirror) revokeCutoff(ctx context.Context, rev session.Revocation, shards []*shard) (count int, err error) {
	for range readBackTries {
		n, err := m.tryCutoff(ctx, rev, shards)
		count = max(count, n)
		if !errors.Is(err, errElsewhere) {
			return count, err
		}
	}
	return count, fmt.Errorf("%w: %w: %w", session.ErrUnavailable, errNotRead, errElsewhere)
}

// tryCutoff remembers where each log ends, revokes, and applies the entries added since.
func (m *Mirror) tryCutoff(ctx context.Context, rev session.Revocation, shards []*shard) (int, error) {
	before := make([]session.LogState, len(shards))
	err := each(shards, func(i int, sh *shard) (err error) {
		before[i], err = sh.ask(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	count, err := m.store.Revoke(ctx, rev)
	if err != nil {
		return count, err
	}
	err = each(shards, func(i int, sh *shard) error { return sh.readBack(ctx, rev, before[i]) })
	if err != nil && !errors.Is(err, errElsewhere) {
		err = fmt.Errorf("%w: %w: %w", session.ErrUnavailable, errNotRead, err)
	}
	return count, err
}

// readBack applies the entries that were logged since the log had a state. If they cannot be read,
// or the revocation is not among them, the copy is not trusted until all of the log has been
// applied.
func (sh *shard) readBack(ctx context.Context, rev session.Revocation, before session.LogState) error {
	found, after := false, before.Last
	for {
		entries, next, err := sh.read(ctx, after, 0)
		if err != nil {
			sh.distrust()
			return err
		}
		for _, e := range entries {
			found = found || shows(e, rev, before.Now)
			sh.learnOwn(e, sh.clock.stamp(e.Until))
		}
		if next == after {
			break
		}
		after = next
	}
	if !found {
		sh.distrust()
		return errElsewhere
	}
	return nil
}

// shows reports whether an entry ends all that a revocation ends that was made at a moment or
// later. An earlier cut-off may be in the log anew, because a node has put it back.
func shows(e session.Entry, rev session.Revocation, made time.Time) bool {
	same := e.Kind == rev.Kind && (e.Kind == session.KindAll || e.Subject == rev.Subject)
	return same && e.Cutoff.Merge(session.CutoffAt(made, rev.Except)) == e.Cutoff
}

// each runs f for all shards at once and joins the errors.
func each(shards []*shard, f func(i int, sh *shard) error) error {
	errs := make([]error, len(shards))
	var wg sync.WaitGroup
	for i, sh := range shards {
		wg.Go(func() { errs[i] = f(i, sh) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
