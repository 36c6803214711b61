package memstore

import (
	"maps"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// sweepFloor keeps a small store from being swept in every call.
const sweepFloor = 64

// tidy drops expired items. Each call drops the expired items that it meets. A sweep drops the
// rest, once there have been as many calls as there are items. The cost per call is constant,
// and the store holds at most twice the items it needs.
func (s *Store) tidy() {
	s.trim()
	s.steps++
	if s.steps <= sweepFloor+len(s.sessions)+len(s.tombs)+len(s.tokens)+len(s.subjects) {
		return
	}
	s.steps = 0
	for id := range s.sessions {
		s.live(id)
	}
	expired := func(until time.Time) bool { return !s.now.Before(until) }
	maps.DeleteFunc(s.tombs, func(_ session.ID, until time.Time) bool { return expired(until) })
	maps.DeleteFunc(s.endings, func(_ session.ID, e ended) bool { return expired(e.until) })
	maps.DeleteFunc(s.tokens, func(_ tokenKey, until time.Time) bool { return expired(until) })
	maps.DeleteFunc(s.subjects, func(_ string, c cutoffUntil) bool { return expired(c.until) })
	maps.DeleteFunc(s.roster, func(_ string, a announced) bool { return expired(a.until) })
}
