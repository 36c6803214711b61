package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

const (
	ofSubject  = "a login that began before a revocation of its subject begins nothing"
	ofAll      = "a login that began before a revocation of everything begins nothing"
	ofLongAgo  = "a login that began long before a revocation begins nothing"
	ofRestored = "a login that began before a restored cut-off begins nothing"
	ofAfter    = "a login that begins after a revocation is let in, within its millisecond too"
)

// beganMutants are wrong about when a login began.
var beganMutants = []mutant{
	{"does not ask when a login began", ofSubject, beginning(func(time.Time, *storetest.Clock) time.Time { return time.Time{} })},
	{"does not ask when a login began", ofAll, beginning(func(time.Time, *storetest.Clock) time.Time { return time.Time{} })},
	{"lets logins go on where a session is spared", ofSubject, unlessRevoked(func(r session.Revocation) bool { return r.Except != session.ID{} })},
	{"lets logins go on where everything is revoked", ofAll, unlessRevoked(func(r session.Revocation) bool { return r.Kind == session.KindAll })},
	{"makes room for a login that is overtaken", ofSubject, func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, create: evicts(s, func(session.Session, session.Session) int { return 0 })}
	}},
	{"forgets with a cut-off when it was made", ofLongAgo, beginning(func(began time.Time, clock *storetest.Clock) time.Time {
		if clock.Now().Sub(began) > session.Afterlife {
			return time.Time{}
		}
		return began
	})},
	{"does not ask when a restored cut-off was made", ofRestored, unlessRevoked(func(r session.Revocation) bool { return r.Kind == 0 })},
	{"takes a restored cut-off for a new one", ofRestored, restoredNow},
	{"judges when a login began by its millisecond", ofAfter, beginning(func(began time.Time, _ *storetest.Clock) time.Time {
		return began.Truncate(time.Millisecond)
	})},
	{"lets in all logins of a millisecond", ofAfter, beginning(func(began time.Time, _ *storetest.Clock) time.Time {
		return began.Truncate(time.Millisecond).Add(time.Millisecond)
	})},
	{"takes a login that began at an unknown time for an old one", ofAfter, beginning(func(began time.Time, _ *storetest.Clock) time.Time {
		return began.Add(time.Nanosecond)
	})},
}

// beginning builds a Create of a login that began at another time.
func beginning(change func(time.Time, *storetest.Clock) time.Time) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, create: changed(s, func(c *session.Create) { c.Began = change(c.Began, clock) })}
	}
}

// unlessRevoked builds a Create that no longer asks when a login began, once there was such a
// revocation. The zero Revocation stands for a call of Restore.
func unlessRevoked(such func(session.Revocation) bool) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		var blind bool
		return broken{
			LoggedStore: s,
			create: changed(s, func(c *session.Create) {
				if blind {
					c.Began = time.Time{}
				}
			}),
			revoke: func(ctx context.Context, r session.Revocation) (int, error) {
				blind = blind || such(r)
				return s.Revoke(ctx, r)
			},
			restore: func(ctx context.Context, shard int, entries []session.Entry) error {
				blind = blind || such(session.Revocation{})
				return s.Restore(ctx, shard, entries)
			},
		}
	}
}

// restoredNow refuses every login that began before the last call of Restore.
func restoredNow(s session.LoggedStore, clock *storetest.Clock) broken {
	var mu sync.Mutex
	var last time.Time
	return broken{
		LoggedStore: s,
		restore: func(ctx context.Context, shard int, entries []session.Entry) error {
			mu.Lock()
			defer mu.Unlock()
			last = clock.Now()
			return s.Restore(ctx, shard, entries)
		},
		create: func(ctx context.Context, c session.Create) (session.Created, error) {
			mu.Lock()
			defer mu.Unlock()
			if !c.Began.IsZero() && c.Began.Before(last) {
				return session.Created{}, session.ErrOvertaken
			}
			return s.Create(ctx, c)
		},
	}
}
