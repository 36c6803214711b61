package memstore

import (
	"bytes"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// record is a session and what the store keeps beside it.
type record struct {
	session.Session
	order    uint64    // of creation, which creation times do not show within one millisecond
	tokenEnd time.Time // the latest end of its tokens
	group    *group
	index    int // in group.recs
	slot     int // in the ring
}

// add begins a session.
func (s *Store) add(rec *record) {
	s.created++
	rec.order = s.created
	s.newest = later(s.newest, rec.CreatedAt)
	s.sessions[rec.ID] = rec
	s.ring.add(rec)
	s.join(rec)
}

// drop removes a session whose group has not ended.
func (s *Store) drop(rec *record) {
	s.leave(rec)
	s.forget(rec)
}

func (s *Store) forget(rec *record) {
	delete(s.sessions, rec.ID)
	s.ring.remove(rec)
}

// live returns a session that is alive, or nil. A session past its deadline is dropped here.
func (s *Store) live(id session.ID) *record {
	rec := s.sessions[id]
	if rec == nil || rec.group.fate() != nil {
		return nil
	}
	if s.idle(rec) {
		s.drop(rec)
		return nil
	}
	return rec
}

// idle reports whether a session is past its deadline: IdleAt is never after EndsAt.
func (s *Store) idle(rec *record) bool { return !s.now.Before(rec.IdleAt) }

// minted notes the end of a token of the session.
func (s *Store) minted(rec *record, end time.Time) {
	rec.tokenEnd = later(rec.tokenEnd, end)
	s.tokenEnd = later(s.tokenEnd, end)
}

// clone returns a copy that shares no writable memory.
func (rec *record) clone() session.Session {
	c := rec.Session
	c.Claims = bytes.Clone(c.Claims)
	return c
}

func (rec *record) place() *int { return &rec.slot }

// due leaves the sessions of a group that has ended to bury, which counts them. One that has idled
// out and is not asked for stays for a while, so that Ending knows why it is dead.
func (rec *record) due(s *Store) bool { return rec.group.fate() == nil && s.over(rec.IdleAt) }

func (rec *record) discard(s *Store) { s.drop(rec) }
