package memstore

import (
	"context"
	"iter"
	"maps"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Revoke ends what the revocation names and writes it to the log. In addition to the promises
// of [session.Store]: revoking a token whose session is not alive revokes the session, and a
// revocation that the log already holds is not logged again.
func (s *Store) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := r.Validate(); err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	until := s.until(r.Retain)
	switch r.Kind {
	case session.KindSession:
		return s.endSession(r.ID, until, r.Reason), nil
	case session.KindToken:
		return s.endToken(tokenKey{r.ID, r.Token}, until, r.Reason), nil
	case session.KindSubject:
		at := s.cutoffAt(maps.Keys(s.bySubject[r.Subject]))
		return s.endSubject(r.Subject, session.CutoffAt(at, r.Except), until, r.Reason), nil
	default: // KindAll: Validate lets no other kind pass
		at := s.cutoffAt(maps.Keys(s.sessions))
		return s.endAll(session.CutoffAt(at, session.ID{}), until, r.Reason), nil
	}
}

// until returns the Entry.Until of a revocation that happens now.
func (s *Store) until(retain time.Duration) time.Time {
	t := s.now.Add(retain)
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}

// cutoffAt returns the time of a cut-off, made now, that covers these sessions: now, or later if
// one of them began just after an earlier cut-off of the same millisecond.
func (s *Store) cutoffAt(ids iter.Seq[session.ID]) time.Time {
	at := s.now
	for id := range ids {
		at = later(at, id.Created())
	}
	return at
}

// endSession ends a session, writes a log entry unless the log has one, and returns the number
// of live sessions ended, 0 or 1.
func (s *Store) endSession(id session.ID, until time.Time, reason string) int {
	n := 0
	if rec := s.live(id); rec != nil {
		s.end(rec, until, reason)
		n = 1
	}
	if n > 0 || !s.now.Before(s.tombs[id]) {
		s.tombs[id] = until
		s.append(session.Entry{Kind: session.KindSession, ID: id, Until: until})
	}
	return n
}

func (s *Store) endToken(k tokenKey, until time.Time, reason string) int {
	if s.tokenRevoked(k) {
		return 0
	}
	if s.live(k.id) == nil {
		return s.endSession(k.id, until, reason)
	}
	s.tokens[k] = until
	s.append(session.Entry{Kind: session.KindToken, ID: k.id, Token: k.token, Until: until})
	return 1
}

func (s *Store) tokenRevoked(k tokenKey) bool {
	return s.now.Before(s.tokens[k])
}

func (s *Store) endSubject(subject string, c session.Cutoff, until time.Time, reason string) int {
	n := s.endBy(c, maps.Keys(s.bySubject[subject]), until, reason)
	next, known := s.subjects[subject].merge(c, until)
	if n > 0 || !known {
		s.subjects[subject] = next
		s.append(session.Entry{Kind: session.KindSubject, Subject: subject, Cutoff: c, Until: until})
	}
	return n
}

func (s *Store) endAll(c session.Cutoff, until time.Time, reason string) int {
	n := s.endBy(c, maps.Keys(s.sessions), until, reason)
	next, known := s.all.merge(c, until)
	if n > 0 || !known {
		s.all = next
		s.append(session.Entry{Kind: session.KindAll, Cutoff: c, Until: until})
	}
	return n
}

// endBy ends the live sessions that the cut-off covers and returns their number. It may drop
// sessions from the map that ids walks.
func (s *Store) endBy(c session.Cutoff, ids iter.Seq[session.ID], until time.Time, reason string) int {
	n := 0
	for id := range ids {
		if rec := s.live(id); rec != nil && c.Ends(id) {
			s.end(rec, until, reason)
			n++
		}
	}
	return n
}

// merge adds a cut-off to old. known means that old already covers all of it.
func (old cutoffUntil) merge(c session.Cutoff, until time.Time) (next cutoffUntil, known bool) {
	next = cutoffUntil{old.Merge(c), later(old.until, until)}
	return next, next.Cutoff == old.Cutoff && !until.After(old.until)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
