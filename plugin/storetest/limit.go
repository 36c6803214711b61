package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var limitCases = []Case{
	newCase("the limit ends the oldest sessions", limitEndsOldest),
	newCase("with RefuseOverLimit the limit refuses the new session", limitRefuses),
	newCase("the limit counts only live sessions", limitCountsLiving),
	newCase("the limit holds under parallel logins", limitParallel),
}

func limitEndsOldest(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	c := loginOf(subject)
	c.Limit = 3
	all := make([]session.Session, 0, c.Limit)
	for range c.Limit {
		created := k.create(c)
		if len(created.Evicted) != 0 {
			k.failf("evicted below the limit: %v", created.Evicted)
		}
		all = append(all, created.Session)
		k.clock.Advance(tick)
	}
	k.rotate(rotationOf(all[0].ID, 1), session.OutcomeAdvanced) // a refresh does not make it younger
	all[0].Generation = 2

	mark := k.mark(shard)
	created := k.create(c)
	if !slices.Equal(created.Evicted, []session.ID{all[0].ID}) {
		k.failf("evicted %v, want the oldest, %v", created.Evicted, all[0].ID)
	}
	k.logged(shard, mark, session.Entry{Kind: session.KindSession, ID: all[0].ID, Shard: uint8(shard), Until: k.until()})
	k.dead("evicted", all[0])
	k.alive("younger than the evicted one", all[1], all[2], created.Session)

	k.clock.Advance(tick)
	c.Limit = 1
	last := k.create(c)
	if want := []session.ID{all[1].ID, all[2].ID, created.Session.ID}; !slices.Equal(last.Evicted, want) {
		k.failf("a lowered limit evicted %v, want %v", last.Evicted, want)
	}
	k.dead("evicted by a lowered limit", all[1], all[2], created.Session)
	k.alive("the only one", last.Session)
}

func limitRefuses(k *kit) {
	c := loginOf(k.subject())
	c.Limit, c.RefuseOverLimit = 2, true
	a, b := k.create(c).Session, k.create(c).Session
	for range 2 {
		if _, err := k.store.Create(k.ctx, c); !errors.Is(err, session.ErrLimit) {
			k.failf("a third session of two: %v, want ErrLimit", err)
		}
	}
	if ids := k.list(c.Subject); len(ids) != 2 {
		k.failf("%d sessions after a refusal, want 2", len(ids))
	}
	k.alive("the limit refused another", a, b)
	k.revoke(session.Revocation{Kind: session.KindSession, ID: a.ID}, 1)
	k.alive("there is room again", k.create(c).Session)
}

func limitCountsLiving(k *kit) {
	c := loginOf(k.subject())
	c.Limit = 3
	short := c
	short.IdleTTL = time.Minute
	ended := c
	ended.MaxTTL = time.Minute
	k.create(short)
	k.create(ended)
	survivor := k.create(c).Session
	k.clock.Advance(time.Minute)
	refuse := c
	refuse.RefuseOverLimit = true
	for range 2 {
		if created := k.create(refuse); len(created.Evicted) != 0 {
			k.failf("evicted %v although the others are dead", created.Evicted)
		}
	}
	k.alive("within the limit", survivor)
	if ids := k.list(c.Subject); len(ids) != 3 {
		k.failf("%d sessions, want 3", len(ids))
	}
}

func limitParallel(k *kit) {
	const logins, limit = 64, 5
	c := loginOf(k.subject())
	c.Limit = limit
	created := make([]session.Created, logins)
	k.must("Create", parallel(logins, func(i int) (err error) {
		created[i], err = k.store.Create(k.ctx, c)
		return err
	}))
	evicted := make(map[session.ID]int)
	for _, got := range created {
		for _, id := range got.Evicted {
			evicted[id]++
		}
	}
	ids := k.list(c.Subject)
	if len(ids) != limit || len(evicted) != logins-limit {
		k.failf("%d sessions live and %d evicted, want %d and %d", len(ids), len(evicted), limit, logins-limit)
	}
	for _, got := range created {
		switch n := evicted[got.Session.ID]; {
		case n > 1:
			k.failf("one session was evicted %d times", n)
		case n == 1:
			k.dead("evicted", got.Session)
		default:
			k.alive("not evicted", got.Session)
		}
	}
}
