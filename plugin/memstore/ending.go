package memstore

import (
	"context"
	"iter"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Endings = (*Store)(nil)

// grave is what the store remembers about a session that has ended, or that it never had.
type grave struct {
	session.Ending
	id     session.ID
	told   bool      // the Ending is known
	logged time.Time // Until of the log entry about the session; zero: there is none
	until  time.Time // the latest Until of the revocations that ended it
	slot   int
}

// Ending returns how a session ended, or [session.ErrNotFound].
func (s *Store) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if err := s.enter(ctx); err != nil {
		return session.Ending{}, err
	}
	defer s.mu.Unlock()
	if rec := s.sessions[id]; rec != nil {
		f := rec.group.fate()
		if f != nil && f.at.Before(rec.IdleAt) { // not buried yet
			return session.Ending{Reason: f.reason, Generation: rec.Generation}, nil
		}
		if f != nil || s.idle(rec) {
			return session.Ending{Reason: session.ReasonExpired, Generation: rec.Generation}, nil
		}
		return session.Ending{}, session.ErrNotFound
	}
	if g := s.graves[id]; g != nil && g.told && !s.over(g.until) {
		return g.Ending, nil
	}
	return session.Ending{}, session.ErrNotFound
}

// dig returns the grave of a session, kept until then at least.
func (s *Store) dig(id session.ID, until time.Time) *grave {
	g := s.graves[id]
	if g == nil {
		g = &grave{id: id}
		s.graves[id] = g
		s.ring.add(g)
	}
	g.until = later(g.until, until)
	return g
}

func (g *grave) tell(reason string, generation uint32) {
	g.Ending, g.told = session.Ending{Reason: cutText(reason, session.MaxReason), Generation: generation}, true
}

// logged reports whether the log holds an entry about the session itself.
func (s *Store) logged(id session.ID) bool {
	g := s.graves[id]
	return g != nil && !s.over(g.logged)
}

// bury removes the sessions of groups that have ended, in pieces, and returns how many of them
// were alive.
func (s *Store) bury(groups iter.Seq[*group], f *fate) int {
	if groups == nil {
		return 0
	}
	seen, n := 0, 0
	for g := range groups {
		for _, rec := range g.recs {
			s.forget(rec)
			if f.at.Before(rec.IdleAt) {
				s.dig(rec.ID, f.until).tell(f.reason, rec.Generation)
				n++
			}
			s.pause(seen)
			seen++
		}
		g.recs = nil
	}
	return n
}

func (g *grave) place() *int { return &g.slot }

func (g *grave) due(s *Store) bool { return s.over(g.until) }

func (g *grave) discard(s *Store) {
	delete(s.graves, g.id)
	s.ring.remove(g)
}
