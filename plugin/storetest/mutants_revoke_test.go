package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// revokeMutants are wrong about what a revocation ends.
var revokeMutants = []mutant{
	{"counts the dead", "revoking a session ends it and is logged once", counting(func(n int) int { return max(n, 1) })},
	{"says nothing of the absent", "revoking an absent session is logged and counts nothing", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if _, err := s.Get(ctx, r.ID); r.Kind == session.KindSession && err != nil {
				return 0, nil
			}
			return s.Revoke(ctx, r)
		}}
	}},
	{"takes a token for its session", "revoking a token ends only that token", revoking(func(r *session.Revocation) {
		if r.Kind == session.KindToken {
			r.Kind = session.KindSession
		}
	})},
	{"forgets a revoked token at a refresh", "revoking a token ends only that token", forgetsTokens},
	{"counts a token of a dead session", "revoking a token of a dead session revokes the session", counting(func(n int) int { return max(n, 1) })},
	{"forgets the oldest session of a subject", "revoking a subject ends its sessions and no others", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if list, err := s.List(ctx, r.Subject); err == nil && r.Kind == session.KindSubject && len(list) > 0 {
				r.Except = list[len(list)-1].ID
			}
			return s.Revoke(ctx, r)
		}}
	}},
	{"forgets the cut-off of a subject", "revoking a subject ends its sessions and no others", sessionBySession},
	{"ignores Except", "revoking a subject spares Except", revoking(func(r *session.Revocation) { r.Except = session.ID{} })},
	{"revokes everything of one shard alone", "revoking everything ends every session", counting(func(n int) int { return n / 2 })},
	{"takes everything for a subject that is not there", "revoking everything ends every session", revoking(func(r *session.Revocation) {
		if r.Kind == session.KindAll {
			r.Kind, r.Subject = session.KindSubject, "nobody"
		}
	})},
	{"accepts no kind for a session", "malformed revocations are refused", revoking(func(r *session.Revocation) {
		if r.Kind == 0 {
			r.Kind, r.ID = session.KindSession, session.NewID(time.Now(), 0)
		}
	})},
	{"revokes a subject by the second before", "a cut-off of a subject is exact within its millisecond", bySecond(-1)},
	{"revokes a subject by the second after", "a cut-off of a subject is exact within its millisecond", bySecond(+1)},
	{"checks by the second", "a cut-off of everybody is exact within its millisecond", checksBySecond},
	{"makes no cut-off twice", "a cut-off is logged even if it changes nothing", func(s session.LoggedStore, clock *storetest.Clock) broken {
		made := map[string]time.Time{}
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if r.Kind >= session.KindSubject && made[r.Subject].Equal(clock.Now()) {
				return 0, nil
			}
			made[r.Subject] = clock.Now()
			return s.Revoke(ctx, r)
		}}
	}},
	{"counts the one that was to be spared", "a session that ended with everybody is not spared later", func(s session.LoggedStore, _ *storetest.Clock) broken {
		spared := map[string]bool{}
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			n, err := s.Revoke(ctx, r)
			if r.Kind == session.KindSubject && spared[r.Subject] {
				n++
			}
			spared[r.Subject] = r.Except != session.ID{}
			return n, err
		}}
	}},
	{"spares what has ended a place under the limit", "a session that ended with everybody is not spared later", func(s session.LoggedStore, _ *storetest.Clock) broken {
		spared := map[string]int{}
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			if r.Except != (session.ID{}) {
				spared[r.Subject] = 1
			}
			return s.Revoke(ctx, r)
		}, create: func(ctx context.Context, c session.Create) (session.Created, error) {
			if c.Limit > 0 && c.Limit <= spared[c.Subject] {
				return session.Created{}, session.ErrLimit
			}
			return s.Create(ctx, c)
		}}
	}},
	{"keeps the last cut-off alone", "cut-offs combine in every order", func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, restore: lastCutoffSpares(s)}
	}},
}

// revoking builds a Revoke that does something else.
func revoking(change func(*session.Revocation)) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			change(&r)
			return s.Revoke(ctx, r)
		}}
	}
}

// counting builds a Revoke that answers another number.
func counting(change func(int) int) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, _ *storetest.Clock) broken {
		return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			n, err := s.Revoke(ctx, r)
			return change(n), err
		}}
	}
}

// forgetsTokens forgets the revoked tokens of a session when it is refreshed.
func forgetsTokens(s session.LoggedStore, _ *storetest.Clock) broken {
	var refreshed sync.Map
	return broken{
		LoggedStore: s,
		rotate: func(ctx context.Context, r session.Rotation) (session.Rotated, error) {
			refreshed.Store(r.ID, true)
			return s.Rotate(ctx, r)
		},
		check: func(ctx context.Context, p session.Probe) error {
			if _, ok := refreshed.Load(p.ID); ok {
				p.Token = session.NewTokenID()
			}
			return s.Check(ctx, p)
		},
	}
}

// sessionBySession ends the sessions that it finds and leaves no cut-off.
func sessionBySession(s session.LoggedStore, _ *storetest.Clock) broken {
	return broken{LoggedStore: s, revoke: func(ctx context.Context, r session.Revocation) (int, error) {
		if r.Kind != session.KindSubject {
			return s.Revoke(ctx, r)
		}
		list, err := s.List(ctx, r.Subject)
		for _, sess := range list {
			if _, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: sess.ID}); err != nil {
				return 0, err
			}
		}
		return len(list), err
	}}
}

// bySecond cuts at the last millisecond of the second before, or of this one.
func bySecond(direction int) func(session.LoggedStore, *storetest.Clock) broken {
	return func(s session.LoggedStore, clock *storetest.Clock) broken {
		at := func() time.Time {
			whole := clock.Now().Truncate(time.Second)
			if direction > 0 {
				whole = whole.Add(time.Second)
			}
			return whole.Add(-time.Millisecond)
		}
		var mu sync.Mutex
		cuts := make(map[string]time.Time)
		b := broken{LoggedStore: s}
		b.revoke = func(ctx context.Context, r session.Revocation) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			cuts[r.Subject] = at()
			e := session.Entry{Kind: r.Kind, Subject: r.Subject, Cutoff: session.CutoffAt(at(), r.Except), Until: r.Until}
			return 0, s.Restore(ctx, 0, []session.Entry{e})
		}
		b.check = func(ctx context.Context, p session.Probe) error {
			mu.Lock()
			defer mu.Unlock()
			if direction > 0 && !p.ID.Created().After(cuts[p.Subject].Add(time.Second)) {
				return session.ErrRevoked
			}
			return s.Check(ctx, p)
		}
		return b
	}
}

// checksBySecond refuses what began in the second of the last revocation.
func checksBySecond(s session.LoggedStore, clock *storetest.Clock) broken {
	var mu sync.Mutex
	var cut time.Time
	return broken{
		LoggedStore: s,
		revoke: func(ctx context.Context, r session.Revocation) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			cut = clock.Now().Truncate(time.Second)
			return s.Revoke(ctx, r)
		},
		check: func(ctx context.Context, p session.Probe) error {
			mu.Lock()
			defer mu.Unlock()
			if !p.ID.Created().Truncate(time.Second).After(cut) {
				return session.ErrRevoked
			}
			return s.Check(ctx, p)
		},
	}
}

// lastCutoffSpares takes a later cut-off for the only one: of the sessions that an
// entry spares, none is ended by the entries that follow.
func lastCutoffSpares(s session.LoggedStore) func(context.Context, int, []session.Entry) error {
	spared := make(map[string]session.ID)
	return func(ctx context.Context, shard int, entries []session.Entry) error {
		for i, e := range entries {
			if spared[e.Subject] == (session.ID{}) {
				spared[e.Subject] = e.Cutoff.Except
			}
			entries[i].Cutoff.Except = spared[e.Subject]
		}
		return s.Restore(ctx, shard, entries)
	}
}
