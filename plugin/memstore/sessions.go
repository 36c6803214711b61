package memstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/ginauth/ginauth/plugin/session"
)

// Get returns a live session, or session.ErrNotFound.
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

// List returns the subject's live sessions, newest first.
func (s *Store) List(ctx context.Context, subject string) ([]session.Session, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	recs := s.liveOf(subject)
	list := make([]session.Session, 0, len(recs))
	for _, rec := range slices.Backward(recs) {
		list = append(list, rec.clone())
	}
	return list, nil
}

// Check answers nil when the session is alive, belongs to the subject, and the
// token is not revoked; otherwise session.ErrRevoked. Of a token without a session
// the cut-offs alone are asked. Probe.Strict changes nothing: this store keeps no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if p.Sessionless() {
		if p.IssuedAt.IsZero() || p.CutBy(s.all.Cutoff) || p.CutBy(s.subjects[p.Subject].Cutoff) {
			return session.ErrRevoked
		}
		return nil
	}
	rec := s.live(p.ID)
	if rec == nil || rec.Subject != p.Subject || s.tokenRevoked(tokenKey{p.ID, p.Token}) {
		return session.ErrRevoked
	}
	return nil
}

// Confirm notes that tokens of these generations were seen in use. All of it is
// one step.
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

// live finds a session that is alive, or nil. Cut-offs are not asked: they end
// what they cover at once, and what begins later begins behind them. A session
// past its deadline is dropped on sight.
func (s *Store) live(id session.ID) *record {
	rec := s.sessions[id]
	if rec == nil {
		return nil
	}
	if !s.now.Before(rec.Deadline()) {
		s.drop(rec)
		return nil
	}
	return rec
}

// liveOf is the subject's live sessions, oldest first.
func (s *Store) liveOf(subject string) []*record {
	recs := make([]*record, 0, len(s.bySubject[subject]))
	for id := range s.bySubject[subject] {
		if rec := s.live(id); rec != nil {
			recs = append(recs, rec)
		}
	}
	slices.SortFunc(recs, func(a, b *record) int { return cmp.Compare(a.order, b.order) })
	return recs
}

func (s *Store) add(rec *record) {
	s.created++
	rec.order = s.created
	s.sessions[rec.ID] = rec
	if s.bySubject[rec.Subject] == nil {
		s.bySubject[rec.Subject] = make(map[session.ID]*record)
	}
	s.bySubject[rec.Subject][rec.ID] = rec
}

func (s *Store) drop(rec *record) {
	delete(s.sessions, rec.ID)
	delete(s.bySubject[rec.Subject], rec.ID)
	if len(s.bySubject[rec.Subject]) == 0 {
		delete(s.bySubject, rec.Subject)
	}
}

// clone is a copy that shares no memory that can be written.
func (rec *record) clone() session.Session {
	c := rec.Session
	c.Claims = bytes.Clone(c.Claims)
	return c
}
