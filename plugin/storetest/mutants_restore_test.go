package storetest_test

import (
	"context"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// restoreMutants are wrong about putting entries back.
var restoreMutants = []mutant{
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
	{"takes an entry for expired at its Until", "restore puts back what readers with a leeway still obey", func(s session.LoggedStore, clock *storetest.Clock) broken {
		return restoring(func(entries []session.Entry) []session.Entry {
			return slices.DeleteFunc(entries, func(e session.Entry) bool { return !clock.Now().Before(e.Until) })
		})(s, clock)
	}},
	{"does not announce", "restore announces that entries are being put back", stating(func(st *session.LogState) { st.Restoring = time.Time{} })},
	{"announces when there is something to put back", "restore announces that entries are being put back", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, restore: func(ctx context.Context, shard int, entries []session.Entry) error {
			if len(entries) == 0 {
				return nil
			}
			return s.Restore(ctx, shard, entries)
		}}
	}},
	{"announces without an end", "restore announces that entries are being put back", stating(func(st *session.LogState) {
		if !st.Restoring.IsZero() && st.Restoring.Before(st.Now) {
			st.Restoring = st.Now.Add(time.Second)
		}
	})},
	{"announces the first time alone", "restore announces that entries are being put back", func(s session.LoggedStore, _ *storetest.Clock) broken {
		var first time.Time
		return stating(func(st *session.LogState) {
			if first.IsZero() {
				first = st.Restoring
			}
			if !st.Restoring.IsZero() {
				st.Restoring = first
			}
		})(s, nil)
	}},
}

// stating builds a State that answers something else.
func stating(change func(*session.LogState)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, state: func(ctx context.Context, shard int) (session.LogState, error) {
			st, err := s.State(ctx, shard)
			change(&st)
			return st, err
		}}
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
