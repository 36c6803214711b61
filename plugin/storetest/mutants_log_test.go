package storetest_test

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

type readFunc = func(context.Context, int, session.Position, int, time.Duration) ([]session.Entry, session.Position, error)

// logMutants are wrong about the log and about restoring it.
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
	{"does not log evictions", "the limit ends the oldest sessions", reading(func(s session.LoggedStore, _ *storetest.Clock) readFunc {
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
	{"restores nothing", "restore revokes what is alive again", restoring(func([]session.Entry) []session.Entry { return nil })},
	{"does not restore tokens", "restore revokes what is alive again", restoring(func(entries []session.Entry) []session.Entry {
		return slices.DeleteFunc(entries, func(e session.Entry) bool { return e.Kind == session.KindToken })
	})},
	{"writes what it restores again", "restoring entries that are in force changes nothing", restoring(writtenAgain)},
	{"writes what it restores again", "eight nodes restore at once and it is written once", restoring(writtenAgain)},
	{"restores what has expired", "restore leaves expired entries out", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return broken{LoggedStore: s, restore: func(ctx context.Context, shard int, entries []session.Entry) error {
			entries = slices.Clone(entries)
			for i := range entries {
				entries[i].Until = clock.Now().Add(time.Minute)
			}
			return s.Restore(ctx, shard, entries)
		}}
	}},
	{"restores no cut-off", "a restored cut-off binds the sessions to come", restoring(func(entries []session.Entry) []session.Entry {
		return slices.DeleteFunc(entries, func(e session.Entry) bool { return e.Cutoff.At > 0 })
	})},
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

// restoring builds a Restore that restores something else.
func restoring(change func([]session.Entry) []session.Entry) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, restore: func(ctx context.Context, shard int, entries []session.Entry) error {
			return s.Restore(ctx, shard, change(slices.Clone(entries)))
		}}
	}
}

// writtenAgain lets a store write an entry that was there before.
func writtenAgain(entries []session.Entry) []session.Entry {
	if len(entries) == 0 {
		return nil
	}
	e := entries[0]
	e.Kind, e.ID = session.KindSession, session.NewID(e.Until, e.Shard)
	return append(entries, e)
}
