package mirror

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// shardOf returns nil for an id that names no shard of this store.
func (m *Mirror) shardOf(id session.ID) *shard {
	if n := int(id.Shard()); n < len(m.shards) {
		return m.shards[n]
	}
	return nil
}

// refusesSession reports whether the copy knows that the session is revoked.
func (m *Mirror) refusesSession(s session.Session) bool {
	sh := m.shardOf(s.ID)
	return sh != nil && sh.list.refusesSession(s.ID, s.Subject)
}

// Check returns [session.ErrRevoked] for a session or token that the copy knows to be revoked.
// While the session's shard is in step, everything else passes without a call, including a
// session that the store has lost: the copy holds revocations, not sessions. A session that would
// begin in the future is not in the copy's power to judge. For it, for a shard that is not in step,
// and for a Strict probe, Check asks the store and returns its answer.
func (m *Mirror) Check(ctx context.Context, p session.Probe) error {
	sh := m.shardOf(p.ID)
	if p.Sessionless() {
		if p.IssuedAt.IsZero() || !session.ValidSubject(p.Subject) {
			return session.ErrRevoked
		}
		sh = m.shards[session.ShardOf(p.Subject, len(m.shards))]
	}
	if sh != nil {
		if sh.list.refuses(p) {
			return session.ErrRevoked
		}
		if now := m.elapsed(); !p.Strict && sh.trusts(now) && !p.ID.Ahead(sh.clock.at(now)) {
			return nil
		}
	}
	return m.store.Check(ctx, p)
}

// Create begins a session in the store. From then on this node refuses the evicted sessions.
// If the copy knows a cut-off that the store has lost and that ends the new session, the error
// is [session.ErrUnavailable], and the cut-off is put back in the background. If another
// caller ended the new session before the store's answer arrived here, Create succeeds.
//
// The error is [session.ErrOvertaken] also if only the copy knows the cut-off: if this node has
// heard of one since the login began, Create first makes sure that the store has it.
func (m *Mirror) Create(ctx context.Context, c session.Create) (session.Created, error) {
	m.minted(c.TokenEnd)
	if err := m.remind(ctx, c); err != nil {
		return session.Created{}, err
	}
	created, err := m.store.Create(ctx, c)
	if err != nil {
		return created, err
	}
	for _, id := range created.Evicted {
		m.learnSession(id, c.TokenEnd)
	}
	if m.refusesSession(created.Session) {
		_, err := m.store.Get(ctx, created.Session.ID)
		if errors.Is(err, session.ErrNotFound) {
			return created, nil // the store refuses it too
		}
		if err != nil {
			return session.Created{}, err
		}
		_, err = m.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: created.Session.ID, Until: c.TokenEnd})
		return session.Created{}, errStillborn(err)
	}
	return created, nil
}

// Now calls the store.
func (m *Mirror) Now() time.Time { return m.store.Now() }

// Get returns a live session, or [session.ErrNotFound]. A session that only the copy knows to
// be revoked is not found.
func (m *Mirror) Get(ctx context.Context, id session.ID) (session.Session, error) {
	s, err := m.store.Get(ctx, id)
	if err == nil && m.refusesSession(s) {
		return session.Session{}, session.ErrNotFound
	}
	return s, err
}

// List returns the subject's live sessions, without those that only the copy knows to be
// revoked.
func (m *Mirror) List(ctx context.Context, subject string) ([]session.Session, error) {
	list, err := m.store.List(ctx, subject)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, m.refusesSession), nil
}

// Rotate presents a refresh generation to the store. If the copy knows that the session is
// revoked, but it is alive again in the store, Rotate revokes it there once more, and the
// outcome is [session.OutcomeGone].
func (m *Mirror) Rotate(ctx context.Context, rot session.Rotation) (session.Rotated, error) {
	m.minted(rot.TokenEnd)
	rotated, err := m.store.Rotate(ctx, rot)
	if err != nil || rotated.Outcome == session.OutcomeGone {
		return rotated, err
	}
	switch {
	case rotated.Outcome == session.OutcomeReused && !rot.ReportReuse:
		// Even if the copy already knows this from the log, the outcome stays OutcomeReused:
		// the caller must learn that the session ended by theft.
		m.learnSession(rot.ID, rot.TokenEnd)
	case m.refusesSession(rotated.Session):
		_, err := m.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: rot.ID, Until: rot.TokenEnd})
		if err != nil {
			return session.Rotated{}, err
		}
		return session.Rotated{Outcome: session.OutcomeGone, Now: rotated.Now}, nil
	}
	return rotated, nil
}

// Confirm calls the store.
func (m *Mirror) Confirm(ctx context.Context, uses []session.Use) error {
	return m.store.Confirm(ctx, uses)
}

// Shards calls the store.
func (m *Mirror) Shards() int { return m.store.Shards() }

// State calls the store.
func (m *Mirror) State(ctx context.Context, shard int) (session.LogState, error) {
	return m.store.State(ctx, shard)
}

// Read calls the store.
func (m *Mirror) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	return m.store.Read(ctx, shard, after, limit, wait)
}

// Restore calls the store.
func (m *Mirror) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	return m.store.Restore(ctx, shard, entries)
}
