package storetest_test

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

type readFunc = func(context.Context, int, session.Position, int, time.Duration) ([]session.Entry, session.Position, error)

// logMutants are wrong about the log.
var logMutants = []mutant{
	{"forgets to log", "revoking a session ends it and is logged once", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return filtered(s, func(session.Entry) bool { return false })
	})},
	{"does not log the end by reuse", "rule 4: an older generation ends the session in the same step", func(s session.LoggedStore, _ *storetest.Clock) broken {
		ended := make(map[session.ID]bool)
		return broken{
			LoggedStore: s,
			rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
				got, err := s.Rotate(ctx, r)
				ended[r.ID] = got.Outcome == session.OutcomeReused
				return got, err
			},
			read: filtered(s, func(e session.Entry) bool { return !ended[e.ID] }),
		}
	}},
	{"does not log evictions", "the limit ends the sessions that would idle out first", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return filtered(s, func(session.Entry) bool { return false })
	})},
	{"reads the entry at the position again", "the log is read from anywhere, in steps, in order", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
			if after.Seq > 0 {
				after.Seq--
			}
			return s.Read(ctx, shard, after, limit, wait)
		}
	})},
	{"knows no limit", "the log is read from anywhere, in steps, in order", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, _ int, wait time.Duration) ([]session.Entry, session.Position, error) {
			return s.Read(ctx, shard, after, 1000, wait)
		}
	})},
	{"looks only once before it waits", "a waiting reader wakes up", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
			entries, next, err := s.Read(ctx, shard, after, limit, 0)
			if len(entries) == 0 && wait > 0 {
				time.Sleep(wait)
			}
			return entries, next, err
		}
	})},
	{"starts over when there is no news", "a reader gets nothing when its wait ends without an entry", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
			entries, next, err := s.Read(ctx, shard, after, limit, wait)
			if len(entries) == 0 {
				next = session.Position{}
			}
			return entries, next, err
		}
	})},
	{"draws an epoch for every question", "the state of the log is correct", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, state: func(ctx context.Context, shard int) (session.LogState, error) {
			st, err := s.State(ctx, shard)
			st.Epoch = session.NewTokenID().String()
			return st, err
		}}
	}},
	{"lets entries expire early", "the log remembers until the last token has expired", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, read: filtered(s, func(e session.Entry) bool {
			return clock.Now().Before(e.Until.Add(-time.Second))
		})}
	}},
	{"rounds Until down", "Until is rounded up to the second", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
			entries, next, err := s.Read(ctx, shard, after, limit, wait)
			for i := range entries {
				entries[i].Until = entries[i].Until.Add(-time.Millisecond).Truncate(time.Second)
			}
			return entries, next, err
		}
	})},
	{"never ends a wait", "a waiting reader ends with its context", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
		return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
			return s.Read(context.WithoutCancel(ctx), shard, after, limit, min(wait, 7*time.Second))
		}
	})},
	{"keeps entries for the leeway alone", "the log holds an entry for Afterlife beyond its Until", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, read: filtered(s, func(e session.Entry) bool {
			return clock.Now().Before(e.Until.Add(session.MaxLeeway))
		})}
	}},
}

func reading(read func(session.LoggedStore, *storetest.Clock) readFunc) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, read: read(s, clock)}
	}
}

// filtered is a Read that passes over entries.
func filtered(s session.Log, keep func(session.Entry) bool) readFunc {
	return func(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
		entries, next, err := s.Read(ctx, shard, after, limit, wait)
		return slices.DeleteFunc(entries, func(e session.Entry) bool { return !keep(e) }), next, err
	}
}
