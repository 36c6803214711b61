package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// sessionlessMutants are wrong about tokens that belong to no session.
var sessionlessMutants = []mutant{
	{"spares a token without a session where it spares a session", "a token without a session is ended by its subject's cut-off, to the millisecond", sparesSessionless},
	{"judges a token without a session by the second", "a token without a session is ended by its subject's cut-off, to the millisecond", probing(func(p *session.Probe) {
		p.IssuedAt = p.IssuedAt.Truncate(time.Second)
	})},
	{"believes a token without a session", "a token without a session is ended by the cut-off of everybody", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if p.Sessionless() {
				return nil
			}
			return s.Check(ctx, p)
		}}
	}},
	{"takes no time for now", "nothing else ends a token without a session", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return probing(func(p *session.Probe) {
			if p.IssuedAt.IsZero() {
				p.IssuedAt = clock.Now().Add(time.Hour)
			}
		})(s, clock)
	}},
	{"knows no token without a session", "nothing else ends a token without a session", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if p.Sessionless() {
				return session.ErrRevoked
			}
			return s.Check(ctx, p)
		}}
	}},
}

// probing builds a Check that asks something else about tokens without a session.
func probing(change func(*session.Probe)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, check: func(ctx context.Context, p session.Probe) error {
			if p.Sessionless() {
				change(&p)
			}
			return s.Check(ctx, p)
		}}
	}
}

func sparesSessionless(s session.LoggedStore, _ *storetest.Clock) broken {
	var spared sync.Map
	return broken{
		LoggedStore: s,
		revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if r.Except != (session.ID{}) {
				spared.Store(r.Subject, true)
			}
			return s.Revoke(ctx, r)
		},
		check: func(ctx context.Context, p session.Probe) error {
			if _, ok := spared.Load(p.Subject); ok && p.Sessionless() {
				return nil
			}
			return s.Check(ctx, p)
		},
	}
}
