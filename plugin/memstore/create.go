package memstore

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Create begins a session, and then ends those beyond the limit, never the one just begun.
func (s *Store) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if !session.ValidSubject(c.Subject) {
		return session.Created{}, session.ErrInvalidSubject
	}
	if err := s.enter(ctx); err != nil {
		return session.Created{}, err
	}
	defer s.mu.Unlock()
	if c.Limit > 0 {
		s.shed(c.Subject)
	}
	if s.overtaken(c) {
		return session.Created{}, session.ErrOvertaken
	}
	if c.Limit > 0 && c.RefuseOverLimit && s.count(c.Subject) >= c.Limit {
		return session.Created{}, session.ErrLimit
	}
	rec := s.begin(c)
	s.add(rec)
	s.minted(rec, c.TokenEnd)
	created := session.Created{Session: rec.clone(), Now: s.now}
	if c.Limit > 0 {
		created.Evicted = s.evict(rec, c.Limit)
	}
	return created, nil
}

// overtaken reports whether a cut-off that covers the subject was made after the login began. A
// cut-off that was dropped may have been the subject's.
func (s *Store) overtaken(c session.Create) bool {
	if c.Began.IsZero() {
		return false
	}
	made := later(s.all.made, s.forgotten)
	if cut := s.cuts[c.Subject]; cut != nil {
		made = later(made, cut.made)
	}
	return made.After(c.Began)
}

// begin makes a session that begins now: after every cut-off that covers the subject, if
// necessary slightly ahead of the clock.
func (s *Store) begin(c session.Create) *record {
	after := s.all.At
	if cut := s.cuts[c.Subject]; cut != nil {
		after = max(after, cut.At)
	}
	begun := time.UnixMilli(max(s.now.UnixMilli(), after+1))
	ends := toMS(begun.Add(c.MaxTTL))
	return &record{Session: session.Session{
		ID:         session.NewID(begun, 0),
		Subject:    strings.Clone(c.Subject),
		Generation: 1,
		CreatedAt:  begun,
		RotatedAt:  begun,
		LastUsedAt: begun,
		IdleAt:     idleAt(begun, c.IdleTTL, ends),
		EndsAt:     ends,
		AuthTime:   time.Unix(c.AuthTime.Unix(), 0),
		IP:         cutText(c.IP, session.MaxIP),
		UserAgent:  cutText(c.UserAgent, session.MaxUserAgent),
		Device:     cutText(c.Device, session.MaxDevice),
		Claims:     bytes.Clone(c.Claims),
	}}
}

func idleAt(now time.Time, ttl time.Duration, ends time.Time) time.Time {
	if t := now.Add(ttl); t.Before(ends) {
		return toMS(t)
	}
	return ends
}

// cutText copies the text, so that a session does not keep a whole request header in memory.
func cutText(s string, n int) string { return strings.Clone(s[:min(len(s), n)]) }
