package memstore

import (
	"bytes"
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

// Check returns nil if the session is alive, belongs to the subject, and the token is not
// revoked; otherwise [session.ErrRevoked]. For a token without a session only the cut-offs
// count. Probe.Strict changes nothing, since the store keeps no copy.
func (s *Store) Check(ctx context.Context, p session.Probe) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if p.Sessionless() {
		if p.IssuedAt.IsZero() || p.EndedBy(s.all.Cutoff) || p.EndedBy(s.subjects[p.Subject].Cutoff) {
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

// live returns a session that is alive, or nil. It need not look at cut-offs: a cut-off ends
// what it covers at once, and later sessions begin after it. A session past its deadline is
// dropped here.
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

// liveOf returns the subject's live sessions, oldest first.
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

// clone returns a copy that shares no writable memory.
func (rec *record) clone() session.Session {
	c := rec.Session
	c.Claims = bytes.Clone(c.Claims)
	return c
}
