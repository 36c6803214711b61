package memstore

import (
	"context"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Endings = (*Store)(nil)

// ended is how a session ended, and when the record expires.
type ended struct {
	session.Ending
	until time.Time
}

// Ending returns how a session ended, or [session.ErrNotFound].
func (s *Store) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if err := s.enter(ctx); err != nil {
		return session.Ending{}, err
	}
	defer s.mu.Unlock()
	if rec := s.sessions[id]; rec != nil && !s.now.Before(rec.Deadline()) {
		return session.Ending{Reason: session.ReasonExpired, Generation: rec.Generation}, nil
	}
	if e, ok := s.endings[id]; ok && s.now.Before(e.until) {
		return e.Ending, nil
	}
	return session.Ending{}, session.ErrNotFound
}

// end drops a live session and records how it ended.
func (s *Store) end(rec *record, until time.Time, reason string) {
	s.drop(rec)
	reason = strings.Clone(reason[:min(len(reason), session.MaxReason)])
	s.endings[rec.ID] = ended{session.Ending{Reason: reason, Generation: rec.Generation}, until}
}
