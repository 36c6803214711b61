package memstore

import (
	"context"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

type tokenKey struct {
	id    session.ID
	token session.TokenID
}

// mark revokes an access token for as long as the store has it.
type mark struct {
	tokenKey
	until time.Time // Entry.Until
	slot  int
}

// Revoke ends what the revocation names and writes it to the log. In addition to the promises
// of [session.Store]: a cut-off that the log already holds is not logged again. A cut-off is one
// step; the sessions that it ended are counted after it, in pieces, even if ctx ends meanwhile.
func (s *Store) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := r.Validate(); err != nil {
		return 0, err
	}
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	of := order{until: s.until(r.Until, s.tokenEnd), made: s.exact, reason: r.Reason}
	switch r.Kind {
	case session.KindSession:
		return s.endSession(r.ID, s.until(r.Until, s.tokenEndOf(r.ID)), r.Reason), nil
	case session.KindToken:
		if s.live(r.ID) == nil {
			return s.endSession(r.ID, of.until, r.Reason), nil
		}
		return s.endToken(tokenKey{r.ID, r.Token}, s.until(r.Until)), nil
	case session.KindSubject:
		return s.bury(s.endSubject(r.Subject, session.CutoffAt(s.latestOf(r.Subject), r.Except), of)), nil
	default: // KindAll: Validate lets no other kind pass
		return s.bury(s.endAll(session.CutoffAt(later(s.now, s.newest), session.ID{}), of)), nil
	}
}

// tokenEndOf returns the latest end of the tokens that a session can have.
func (s *Store) tokenEndOf(id session.ID) time.Time {
	if rec := s.live(id); rec != nil {
		return rec.tokenEnd
	}
	return s.tokenEnd
}

// latestOf returns the time of a cut-off, made now, that covers all sessions of the subject: now,
// or later if one of them began just after an earlier cut-off of the same millisecond.
func (s *Store) latestOf(subject string) time.Time {
	if g := s.groups[subject]; g != nil {
		return later(s.now, g.newest)
	}
	return s.now
}

// endSession ends a session, writes a log entry unless the log has one, and returns the number
// of live sessions ended, 0 or 1.
func (s *Store) endSession(id session.ID, until time.Time, reason string) int {
	rec := s.live(id)
	if rec == nil && s.logged(id) {
		return 0
	}
	g := s.dig(id, until)
	g.logged = later(g.logged, until)
	s.append(session.Entry{Kind: session.KindSession, ID: id, Until: until})
	if rec == nil {
		return 0
	}
	s.drop(rec)
	g.tell(reason, rec.Generation)
	return 1
}

// endToken revokes a token of a live session and returns how many live tokens that ended, 0 or 1.
func (s *Store) endToken(k tokenKey, until time.Time) int {
	if s.tokens[k] != nil {
		return 0
	}
	m := &mark{tokenKey: k, until: until}
	s.tokens[k] = m
	s.ring.add(m)
	s.append(session.Entry{Kind: session.KindToken, ID: k.id, Token: k.token, Until: until})
	return 1
}

func (m *mark) place() *int { return &m.slot }

func (m *mark) due(s *Store) bool { return s.over(m.until) }

func (m *mark) discard(s *Store) {
	delete(s.tokens, m.tokenKey)
	s.ring.remove(m)
}
