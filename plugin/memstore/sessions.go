package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/ginauth/ginauth/plugin/session"
)

// Get returns a live session, or [session.ErrNotFound].
func (s *Store) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if err := s.enter(ctx); err != nil {
		return session.Session{}, err
	}
	defer s.mu.Unlock()
	rec := s.live(id)
	if rec == nil {
		return session.Session{}, session.ErrNotFound
	}
	return rec.clone(), nil
}

// List returns the subject's live sessions, newest first. A list of more than 256 is built in
// pieces: a session that begins meanwhile is not in it, one that ends meanwhile may be.
func (s *Store) List(ctx context.Context, subject string) ([]session.Session, error) {
	if !session.ValidSubject(subject) {
		return nil, session.ErrInvalidSubject
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var recs []*record
	if g := s.groups[subject]; g != nil {
		recs = slices.Clone(g.recs)
	}
	many := len(recs) > piece
	if many {
		s.mu.Unlock()
	}
	slices.SortFunc(recs, func(a, b *record) int { return cmp.Compare(b.order, a.order) }) // order never changes
	list := make([]session.Session, 0, len(recs))
	if many {
		s.mu.Lock()
	}
	for i, rec := range recs {
		if s.live(rec.ID) == rec {
			list = append(list, rec.clone())
		}
		s.pause(i)
	}
	return list, nil
}

// Check returns nil if the session is alive, belongs to the subject, and the token is not
// revoked; otherwise [session.ErrRevoked], or [session.ErrInvalidID] for a session of the future
// that the store does not have. For a token without a session only the cut-offs count.
// Probe.Strict changes nothing, since the store keeps no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if p.Sessionless() {
		cut := s.cuts[p.Subject]
		if p.IssuedAt.IsZero() || !session.ValidSubject(p.Subject) || p.EndedBy(s.all.Cutoff) || cut != nil && p.EndedBy(cut.Cutoff) {
			return session.ErrRevoked
		}
		return nil
	}
	rec := s.live(p.ID)
	if rec == nil && p.ID.Ahead(s.now) {
		return session.ErrInvalidID
	}
	if rec == nil || rec.Subject != p.Subject || s.tokens[tokenKey{p.ID, p.Token}] != nil {
		return session.ErrRevoked
	}
	return nil
}

// Confirm records that tokens of these generations were seen in use, all in one atomic step.
func (s *Store) Confirm(ctx context.Context, uses []session.Use) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, u := range uses {
		if rec := s.live(u.ID); rec != nil && rec.Generation == u.Generation {
			rec.Confirmed = true
			rec.LastUsedAt = s.now
		}
	}
	return nil
}
