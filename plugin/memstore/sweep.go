package memstore

import (
	"maps"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// sweepFloor keeps a small store from being swept at every step.
const sweepFloor = 64

// tidy drops what has expired. What is asked for is dropped on sight; the rest goes
// in a sweep once there were as many steps as there are things to look at. That
// costs a constant a step, and lets at most twice what is needed pile up.
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
