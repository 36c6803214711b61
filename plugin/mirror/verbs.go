package mirror

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// shardOf is nil for an id that cannot be one of this store's.
func (r *Mirror) shardOf(id session.ID) *shard {
	if n := int(id.Shard()); n < len(r.shards) {
		return r.shards[n]
	}
	return nil
}

// refusesSession reports whether the copy knows the session to be revoked.
func (r *Mirror) refusesSession(s session.Session) bool {
	sh := r.shardOf(s.ID)
	return sh != nil && sh.list.refusesSession(s.ID, s.Subject)
}

// Check refuses with session.ErrRevoked what the copy knows to be revoked. Everything
// else passes while the shard of the session is in step, without any call; with
// Probe.Strict, or when it is not in step, the store is asked and its answer given.
// In step a session that the store does not have passes: the copy holds revocations.
func (r *Mirror) Check(ctx context.Context, p session.Probe) error {
	sh := r.shardOf(p.ID)
	if p.Sessionless() {
		if p.IssuedAt.IsZero() {
			return session.ErrRevoked
		}
		sh = r.shards[session.ShardOf(p.Subject, len(r.shards))]
	}
	if sh != nil {
		if sh.list.refuses(p) {
			return session.ErrRevoked
		}
		if !p.Strict && sh.trusts(r.elapsed()) {
			return nil
		}
	}
	return r.store.Check(ctx, p)
}

// Create begins a session in the store. Evicted sessions are refused at once. When
// the copy knows a cut-off that the store has lost and that kills the new session,
// the answer is session.ErrUnavailable: it is being put back. A session that somebody
// ended before the store's answer was here is begun and over, which is no error.
func (r *Mirror) Create(ctx context.Context, c session.Create) (session.Created, error) {
	created, err := r.store.Create(ctx, c)
	if err != nil {
		return created, err
	}
	for _, id := range created.Evicted {
		r.learnSession(id, c.Retain)
	}
	if r.refusesSession(created.Session) {
		_, err := r.store.Get(ctx, created.Session.ID)
		if errors.Is(err, session.ErrNotFound) {
			return created, nil // the store refuses it too
		}
		if err != nil {
			return session.Created{}, err
		}
		_, err = r.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: created.Session.ID, Retain: c.Retain})
		return session.Created{}, errStillborn(err)
	}
	return created, nil
}

// Get returns a live session, or session.ErrNotFound, also if only the copy knows it
// to be revoked.
func (r *Mirror) Get(ctx context.Context, id session.ID) (session.Session, error) {
	s, err := r.store.Get(ctx, id)
	if err == nil && r.refusesSession(s) {
		return session.Session{}, session.ErrNotFound
	}
	return s, err
}

// List returns the subject's live sessions, without those that only the copy knows
// to be revoked.
func (r *Mirror) List(ctx context.Context, subject string) ([]session.Session, error) {
	list, err := r.store.List(ctx, subject)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, r.refusesSession), nil
}

// Rotate presents a refresh generation to the store. A session that the copy knows to
// be revoked has come back in the store: it is revoked there again, and the outcome
// is session.OutcomeGone.
func (r *Mirror) Rotate(ctx context.Context, rot session.Rotation) (session.Rotated, error) {
	rotated, err := r.store.Rotate(ctx, rot)
	if err != nil || rotated.Outcome == session.OutcomeGone {
		return rotated, err
	}
	switch {
	case rotated.Outcome == session.OutcomeReused && !rot.ReportReuse:
		// The log may have told the copy already; that it is dead by theft must not be lost.
		r.learnSession(rot.ID, rot.Retain)
	case r.refusesSession(rotated.Session):
		_, err := r.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: rot.ID, Retain: rot.Retain})
		if err != nil {
			return session.Rotated{}, err
		}
		return session.Rotated{Outcome: session.OutcomeGone, Now: rotated.Now}, nil
	}
	return rotated, nil
}

// Ending is the store's, if it has one.
func (r *Mirror) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if endings, ok := r.store.(session.Endings); ok {
		return endings.Ending(ctx, id)
	}
	return session.Ending{}, session.ErrNotFound
}

// Confirm is the store's.
func (r *Mirror) Confirm(ctx context.Context, uses []session.Use) error {
	return r.store.Confirm(ctx, uses)
}

// Shards is the store's.
func (r *Mirror) Shards() int { return r.store.Shards() }

// State is the store's.
func (r *Mirror) State(ctx context.Context, shard int) (session.LogState, error) {
	return r.store.State(ctx, shard)
}

// Read is the store's.
func (r *Mirror) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	return r.store.Read(ctx, shard, after, limit, wait)
}

// Restore is the store's.
func (r *Mirror) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	return r.store.Restore(ctx, shard, entries)
}
