package memstore

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Create begins a session. It lists evicted sessions oldest first.
func (s *Store) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if !fit(c.Subject) {
		return session.Created{}, session.ErrInvalidSubject
	}
	if err := s.enter(ctx); err != nil {
		return session.Created{}, err
	}
	defer s.mu.Unlock()
	evicted, err := s.makeRoom(c)
	if err != nil {
		return session.Created{}, err
	}
	begun := s.begin(c.Subject)
	ends := toMS(begun.Add(c.MaxTTL))
	rec := &record{Session: session.Session{
		ID:         session.NewID(begun, 0),
		Subject:    strings.Clone(c.Subject),
		Generation: 1,
		CreatedAt:  begun,
		RotatedAt:  begun,
		LastUsedAt: begun,
		IdleAt:     idleAt(begun, c.IdleTTL, ends),
		EndsAt:     ends,
		AuthTime:   time.Unix(c.AuthTime.Unix(), 0),
		IP:         cut(c.IP, session.MaxIP),
		UserAgent:  cut(c.UserAgent, session.MaxUserAgent),
		Device:     cut(c.Device, session.MaxDevice),
		Claims:     bytes.Clone(c.Claims),
	}}
	s.add(rec)
	return session.Created{Session: rec.clone(), Evicted: evicted, Now: s.now}, nil
}

// makeRoom ends the oldest sessions, so that the limit holds with one more.
func (s *Store) makeRoom(c session.Create) ([]session.ID, error) {
	if c.Limit <= 0 {
		return nil, nil
	}
	recs := s.liveOf(c.Subject)
	excess := max(0, len(recs)+1-c.Limit)
	if excess > 0 && c.RefuseOverLimit {
		return nil, session.ErrLimit
	}
	var evicted []session.ID
	for _, rec := range recs[:excess] {
		s.endSession(rec.ID, s.until(c.Retain), session.ReasonLimit)
		evicted = append(evicted, rec.ID)
	}
	return evicted, nil
}

// begin returns the creation time of a session of the subject that begins now: after every
// cut-off that covers the subject, if necessary slightly ahead of the clock.
func (s *Store) begin(subject string) time.Time {
	after := max(s.all.At, s.subjects[subject].At)
	return time.UnixMilli(max(s.now.UnixMilli(), after+1))
}

func idleAt(now time.Time, ttl time.Duration, ends time.Time) time.Time {
	if t := now.Add(ttl); t.Before(ends) {
		return toMS(t)
	}
	return ends
}

func fit(subject string) bool { return subject != "" && len(subject) <= session.MaxSubject }

// cut copies the text, so that a session does not keep a whole request header in memory.
func cut(s string, n int) string { return strings.Clone(s[:min(len(s), n)]) }
