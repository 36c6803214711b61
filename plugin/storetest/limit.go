package storetest

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var limitCases = []Case{
	newCase("the limit ends the sessions that would idle out first", limitEndsIdlest),
	newCase("a lowered limit ends many sessions in the order of their idle ends", limitLowered),
	newCase("the limit never ends the session that it makes room for", limitSparesNew),
	newCase("with RefuseOverLimit the limit refuses the new session", limitRefuses),
	newCase("the limit counts only live sessions", limitCountsLiving),
	newCase("the limit holds under parallel logins", limitParallel),
}

func limitEndsIdlest(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	c := k.loginOf(subject)
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
	k.rotate(k.rotationOf(all[0].ID, 1), session.OutcomeAdvanced) // the oldest now idles out last
	all[0].Generation = 2
	k.clock.Advance(tick)
	k.confirm(all[1].ID, 1) // a use is not a refresh

	mark := k.mark(shard)
	created := k.create(c)
	if !slices.Equal(created.Evicted, []session.ID{all[1].ID}) {
		k.failf("evicted %v, want the one that would idle out first, %v", created.Evicted, all[1].ID)
	}
	k.logged(shard, mark, session.Entry{Kind: session.KindSession, ID: all[1].ID, Shard: uint8(shard), Until: roundUp(c.TokenEnd)})
	k.dead("evicted", all[1])
	k.alive("refreshed after the evicted one", all[0], all[2], created.Session)

	k.clock.Advance(tick)
	c.Limit = 1
	last := k.create(c)
	if want := []session.ID{all[2].ID, all[0].ID, created.Session.ID}; !slices.Equal(last.Evicted, want) {
		k.failf("a lowered limit evicted %v, want %v", last.Evicted, want)
	}
	k.dead("evicted by a lowered limit", all[0], all[2], created.Session)
	k.alive("the only one", last.Session)
}

// limitLowered shows a user with many sessions to a node that allows few.
func limitLowered(k *kit) {
	const n, limit = 300, 7
	subject := k.subject()
	byIdle := make([]session.ID, n)
	for i := range n {
		c := k.loginOf(subject)
		place := i * 77 % n // 77 and 300 have no common divisor: every place once
		c.IdleTTL = idleTTL + time.Duration(place)*time.Second
		byIdle[place] = k.create(c).Session.ID
	}
	c := k.loginOf(subject)
	c.Limit, c.RefuseOverLimit, c.IdleTTL = limit, true, 2*idleTTL
	if _, err := k.store.Create(k.ctx, c); !errors.Is(err, session.ErrLimit) {
		k.failf("with %d sessions of %d: %v, want ErrLimit", n, limit, err)
	}
	if ids := k.list(subject); len(ids) != n {
		k.failf("%d sessions after a refusal, want %d", len(ids), n)
	}
	c.RefuseOverLimit = false
	k.clock.Advance(tick)
	mark := k.mark(k.shardOf(subject))
	created := k.create(c)
	gone := byIdle[:n-limit+1]
	if !slices.Equal(created.Evicted, gone) {
		k.failf("evicted %d sessions, want %d in the order of their idle ends", len(created.Evicted), len(gone))
	}
	if ids := k.list(subject); len(ids) != limit || ids[0] != created.Session.ID || slices.ContainsFunc(ids, func(id session.ID) bool {
		return slices.Contains(gone, id)
	}) {
		k.failf("the list is %v, want the new session and the %d that would idle out last", ids, limit-1)
	}
	var logged []session.ID
	for _, e := range k.since(k.shardOf(subject), mark) {
		logged = append(logged, e.ID)
	}
	order := func(a, b session.ID) int { return bytes.Compare(a[:], b[:]) }
	if !slices.Equal(slices.SortedFunc(slices.Values(logged), order), slices.SortedFunc(slices.Values(gone), order)) {
		k.failf("%d evictions are in the log, want %d", len(logged), len(gone))
	}
}

func limitSparesNew(k *kit) {
	c := k.loginOf(k.subject())
	c.Limit = 2
	a := k.create(c).Session
	k.clock.Advance(tick)
	b := k.create(c).Session
	c.IdleTTL = time.Minute // a login that is not to be remembered
	created := k.create(c)
	if !slices.Equal(created.Evicted, []session.ID{a.ID}) {
		k.failf("evicted %v, want %v", created.Evicted, a.ID)
	}
	k.alive("at the limit", b, created.Session)
	k.dead("evicted", a)
}

func limitRefuses(k *kit) {
	c := k.loginOf(k.subject())
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
	c := k.loginOf(k.subject())
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
	c := k.loginOf(k.subject())
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
