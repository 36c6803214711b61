package storetest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// mutant is a store with one mistake, and the case that must detect it.
type mutant struct {
	name   string
	caught string
	build  func(honest session.LoggedStore, clock *storetest.Clock) broken
}

// broken is a correct store, except for the verbs that are set.
type broken struct {
	session.LoggedStore
	create   func(context.Context, session.Create) (session.Created, error)
	get      func(context.Context, session.ID) (session.Session, error)
	list     func(context.Context, string) ([]session.Session, error)
	rotate   func(context.Context, session.Rotation) (session.Rotated, error)
	confirm  func(context.Context, []session.Use) error
	check    func(context.Context, session.Probe) error
	revoke   func(context.Context, session.Revocation) (int, error)
	state    func(context.Context, int) (session.LogState, error)
	read     func(context.Context, int, session.Position, int, time.Duration) ([]session.Entry, session.Position, error)
	restore  func(context.Context, int, []session.Entry) error
	ending   func(context.Context, session.ID) (session.Ending, error)
	announce func(context.Context, session.Node, time.Duration) error
}

func (b broken) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if b.ending != nil {
		return b.ending(ctx, id)
	}
	return endingOf(ctx, b.LoggedStore, id)
}

func endingOf(ctx context.Context, s session.Store, id session.ID) (session.Ending, error) {
	if endings, ok := s.(session.Endings); ok {
		return endings.Ending(ctx, id)
	}
	return session.Ending{}, session.ErrNotFound
}

func (b broken) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if b.create != nil {
		return b.create(ctx, c)
	}
	return b.LoggedStore.Create(ctx, c)
}

func (b broken) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if b.get != nil {
		return b.get(ctx, id)
	}
	return b.LoggedStore.Get(ctx, id)
}

func (b broken) List(ctx context.Context, subject string) ([]session.Session, error) {
	if b.list != nil {
		return b.list(ctx, subject)
	}
	return b.LoggedStore.List(ctx, subject)
}

func (b broken) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	if b.rotate != nil {
		return b.rotate(ctx, r)
	}
	return b.LoggedStore.Rotate(ctx, r)
}

func (b broken) Confirm(ctx context.Context, uses []session.Use) error {
	if b.confirm != nil {
		return b.confirm(ctx, uses)
	}
	return b.LoggedStore.Confirm(ctx, uses)
}

func (b broken) Check(ctx context.Context, p session.Probe) error {
	if b.check != nil {
		return b.check(ctx, p)
	}
	return b.LoggedStore.Check(ctx, p)
}

func (b broken) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if b.revoke != nil {
		return b.revoke(ctx, r)
	}
	return b.LoggedStore.Revoke(ctx, r)
}

func (b broken) State(ctx context.Context, shard int) (session.LogState, error) {
	if b.state != nil {
		return b.state(ctx, shard)
	}
	return b.LoggedStore.State(ctx, shard)
}

func (b broken) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	if b.read != nil {
		return b.read(ctx, shard, after, limit, wait)
	}
	return b.LoggedStore.Read(ctx, shard, after, limit, wait)
}

func (b broken) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	if b.restore != nil {
		return b.restore(ctx, shard, entries)
	}
	return b.LoggedStore.Restore(ctx, shard, entries)
}

func mutants() []mutant {
	return slices.Concat(loginMutants, limitMutants, beganMutants, rotateMutants, revokeMutants, lifetimeMutants, crowdMutants,
		sessionlessMutants, endingMutants, rosterMutants, logMutants, restoreMutants)
}

// Every mutant must be caught by its case, and every case must catch a mutant.
func TestEveryMutantIsCaughtByItsCase(t *testing.T) {
	cases := make(map[string]storetest.Case)
	for _, c := range storetest.Cases() {
		if _, twice := cases[c.Name]; twice {
			t.Errorf("two cases are called %q", c.Name)
		}
		cases[c.Name] = c
	}
	caught := make(map[string]bool)
	for _, m := range mutants() {
		caught[m.caught] = true
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			c, ok := cases[m.caught]
			if !ok {
				t.Fatalf("there is no case %q", m.caught)
			}
			clock := storetest.NewClock()
			if err := c.Run(storetest.Env{Store: honest(clock), Clock: clock, Interleavings: 500}); err != nil {
				t.Fatalf("the honest store fails: %v", err)
			}
			err := c.Run(storetest.Env{Store: m.build(honest(clock), clock), Clock: clock, Interleavings: 500})
			if err == nil {
				t.Fatalf("%q does not notice", m.caught)
			}
			t.Logf("caught: %v", err)
		})
	}
	for name := range cases {
		if !caught[name] {
			t.Errorf("no mutant shows what %q catches", name)
		}
	}
}

func honest(clock *storetest.Clock) session.LoggedStore {
	return memstore.NewWith(memstore.Options{Now: clock.Now})
}
