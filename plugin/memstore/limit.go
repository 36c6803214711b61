package memstore

import "github.com/ginauth/ginauth/plugin/session"

// shed drops the subject's sessions that have idled out, so that count is right.
func (s *Store) shed(subject string) {
	for i := 0; ; i++ {
		g := s.groups[subject]
		if g == nil || !s.idle(g.recs[0]) {
			return
		}
		s.drop(g.recs[0])
		s.pause(i)
	}
}

// count returns the number of the subject's live sessions, right after shed.
func (s *Store) count(subject string) int {
	if g := s.groups[subject]; g != nil {
		return len(g.recs)
	}
	return 0
}

// evict ends the sessions of the subject that would idle out first, until the limit holds, and
// spares the new one. It returns them in that order.
func (s *Store) evict(begun *record, limit int) []session.ID {
	var evicted []session.ID
	for i := 0; ; i++ {
		g := begun.group // another one after a cut-off that spared the new session
		if g.fate() != nil || len(g.recs) <= max(limit, 1) {
			return evicted
		}
		rec := g.first(begun)
		if s.live(rec.ID) != nil {
			s.endSession(rec.ID, s.until(rec.tokenEnd), session.ReasonLimit)
			evicted = append(evicted, rec.ID)
		}
		s.pause(i)
	}
}
