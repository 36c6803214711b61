package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

const (
	lifeSession = "a revocation lasts until the latest token of its session ends"
	lifeOwn     = "the end of a session by the store lasts until its latest token ends"
	lifeShard   = "what the store does not have is revoked until the shard's latest token ends"
)

// lifetimeMutants are wrong about how long a revocation lasts.
var lifetimeMutants = []mutant{
	{"forgets the token of the login", lifeSession, func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.TokenEnd = time.Time{} })}
	}},
	{"forgets the tokens of refreshes", lifeSession, asking(func(r *session.Rotation, _ session.Session) { r.TokenEnd = time.Time{} })},
	{"forgets the token of a retry", lifeSession, asking(func(r *session.Rotation, sess session.Session) {
		if r.Generation < sess.Generation {
			r.TokenEnd = time.Time{}
		}
	})},
	{"remembers the last token alone", lifeSession, remembering(func(m *ends, e session.Entry) time.Time { return m.last[e.ID] })},
	{"lets a session's end last for the whole shard", lifeSession, remembering(func(m *ends, _ session.Entry) time.Time { return m.shard })},
	{"lets a session's end last for the whole shard", lifeOwn, remembering(func(m *ends, _ session.Entry) time.Time { return m.shard })},
	{"lets the end of a session last for a moment", lifeOwn, remembering(func(_ *ends, e session.Entry) time.Time { return e.Until.Add(-time.Hour) })},
	{"believes itself alone", "a revoker who knows of a later end is believed", revoking(func(r *session.Revocation) { r.Until = time.Time{} })},
	{"lets a cut-off last for the subject's own tokens", lifeShard, remembering(func(m *ends, e session.Entry) time.Time {
		if e.Kind == session.KindSubject {
			return m.subject[e.Subject]
		}
		return e.Until
	})},
	{"believes whoever revokes an unknown session", lifeShard, remembering(func(m *ends, e session.Entry) time.Time {
		if _, known := m.last[e.ID]; e.Kind == session.KindSession && !known {
			return e.Until.Add(-time.Hour)
		}
		return e.Until
	})},
	{"lets a token's end last for its session", "a single token is revoked until its own end", remembering(func(m *ends, e session.Entry) time.Time {
		if e.Kind == session.KindToken {
			return m.shard
		}
		return e.Until
	})},
	{"lets a revoked token in when it has expired", "a revoked token stays refused for Afterlife beyond its end", forgetsExpired(0)},
	{"lets a revoked token in after the longest leeway", "a revoked token stays refused for Afterlife beyond its end", forgetsExpired(session.MaxLeeway)},
}

// ends are the ends of the tokens that a store was told of.
type ends struct {
	mu      sync.Mutex
	shard   time.Time                // the latest
	last    map[session.ID]time.Time // the last one of each session
	subject map[string]time.Time     // the last one of each subject
}

func (m *ends) note(sess session.Session, end time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if end.After(m.shard) {
		m.shard = end
	}
	m.last[sess.ID], m.subject[sess.Subject] = end, end
}

// remembering builds a store whose log entries have another Until.
func remembering(until func(*ends, session.Entry) time.Time) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		m := &ends{last: make(map[session.ID]time.Time), subject: make(map[string]time.Time)}
		return broken{
			LoggedStore: s,
			create: func(ctx context.Context, c session.Create) (session.Created, error) {
				created, err := s.Create(ctx, c)
				m.note(created.Session, c.TokenEnd)
				return created, err
			},
			rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
				got, err := s.Rotate(ctx, r)
				if got.Outcome != session.OutcomeGone && got.Outcome != session.OutcomeReused {
					m.note(got.Session, r.TokenEnd)
				}
				return got, err
			},
			read: func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
				entries, next, err := s.Read(ctx, shard, after, limit, wait)
				m.mu.Lock()
				defer m.mu.Unlock()
				for i, e := range entries {
					entries[i].Until = until(m, e).Add(time.Second - time.Nanosecond).Truncate(time.Second)
				}
				return entries, next, err
			},
		}
	}
}

// forgetsExpired forgets a revoked token some time after its end.
func forgetsExpired(after time.Duration) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, clock *storetest.Clock) broken {
		var until sync.Map
		return broken{
			LoggedStore: s,
			revoke: func(ctx context.Context, r session.Revocation) (int, error) {
				until.Store(r.Token, r.Until)
				return s.Revoke(ctx, r)
			},
			check: func(ctx context.Context, p session.Probe) error {
				if end, ok := until.Load(p.Token); ok && !clock.Now().Before(end.(time.Time).Add(after)) {
					p.Token = session.NewTokenID()
				}
				return s.Check(ctx, p)
			},
		}
	}
}
