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
var errNotRead = errors.New("mirror: the revocation is stored, but this node could not read it back")

func errStillborn(cause error) error {
	return errors.Join(fmt.Errorf("mirror: %w: the store has lost a cut-off", session.ErrUnavailable), cause)
}

// Revoke revokes in the store. When it returns nil, this node already refuses what was
// revoked. The store sets the time of a cut-off, so a cut-off is read back from the log. If
// that fails, the error is [session.ErrUnavailable] although the revocation is stored.
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
	m.learnOwn(session.Entry{Kind: rev.Kind, ID: rev.ID, Token: rev.Token}, rev.Retain)
	return count, nil
}

// learnSession records that this node ended a session.
func (m *Mirror) learnSession(id session.ID, retain time.Duration) {
	m.learnOwn(session.Entry{Kind: session.KindSession, ID: id}, retain)
}

// learnOwn records that this node ended a session or a token.
func (m *Mirror) learnOwn(e session.Entry, retain time.Duration) {
	sh := m.shardOf(e.ID)
	if sh == nil {
		return
	}
	end := sh.endAfter(retain)
	e.Shard = e.ID.Shard()
	e.Until = sh.clock.until(end)
	if e.Kind == session.KindSession {
		e.Token = session.TokenID{}
	}
	sh.learnOwn(e, end)
}

// revokeCutoff remembers where each log ends, revokes, and applies the entries added since.
func (m *Mirror) revokeCutoff(ctx context.Context, rev session.Revocation, shards []*shard) (int, error) {
	marks := make([]session.Position, len(shards))
	err := each(shards, func(i int, sh *shard) error {
		st, err := sh.ask(ctx)
		marks[i] = st.Last
		return err
	})
	if err != nil {
		return 0, err
	}
	count, err := m.store.Revoke(ctx, rev)
	if err != nil {
		return count, err
	}
	err = each(shards, func(i int, sh *shard) error { return sh.readBack(ctx, rev, marks[i]) })
	if err != nil {
		return count, fmt.Errorf("%w: %w: %w", session.ErrUnavailable, errNotRead, err)
	}
	return count, nil
}

// readBack applies the entries that were logged after a position. If the revocation is not
// among them (another node made the same revocation at the same moment), or they cannot be
// read, the copy is not trusted until all of the log has been applied.
func (sh *shard) readBack(ctx context.Context, rev session.Revocation, after session.Position) error {
	found := false
	for {
		entries, next, err := sh.read(ctx, after, 0)
		if err != nil {
			sh.distrust()
			return err
		}
		for _, e := range entries {
			found = found || e.Kind == rev.Kind && (e.Kind == session.KindAll || e.Subject == rev.Subject)
			sh.learnOwn(e, sh.clock.stamp(e.Until))
		}
		if next == after {
			break
		}
		after = next
	}
	if !found {
		sh.distrust()
	}
	return nil
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
