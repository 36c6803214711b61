package storetest

import (
	"fmt"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var cutoffCases = []Case{
	newCase("a cut-off of a subject is exact within its millisecond", cutoffSubject),
	newCase("a cut-off of everybody is exact within its millisecond", cutoffAll),
	newCase("a cut-off is logged even if it changes nothing", againLogged),
	newCase("cut-offs combine in every order", cutoffsCombine),
	newCase("a session that ended with everybody is not spared later", notSparedLater),
}

func cutoffSubject(k *kit) {
	r := session.Revocation{Kind: session.KindSubject, Subject: k.subject()}
	k.exactCutoff(r, r.Subject)
}

func cutoffAll(k *kit) {
	k.exactCutoff(session.Revocation{Kind: session.KindAll}, k.subject())
}

// exactCutoff revokes repeatedly while the clock stands still. Sessions that began before the
// cut-off die; sessions that begin after the reply live, and their ids show it.
func (k *kit) exactCutoff(r session.Revocation, subject string) {
	shard := k.shardOf(subject)
	r.Until = k.tokenEnd()
	old := k.create(k.loginOf(subject)).Session
	for round := range 5 {
		mark := k.mark(shard)
		_, err := k.store.Revoke(k.ctx, r)
		k.must("Revoke", err)
		entries := k.since(shard, mark)
		if len(entries) != 1 {
			k.failf("round %d: %d log entries, want 1", round, len(entries))
		}
		next := k.create(k.loginOf(subject)).Session
		k.dead(fmt.Sprintf("round %d: begun before, in the same millisecond", round), old)
		k.alive(fmt.Sprintf("round %d: begun after the reply, in the same millisecond", round), next)
		if cut := entries[0].Cutoff; !cut.Ends(old.ID) || cut.Ends(next.ID) {
			k.failf("round %d: the log says %+v of sessions begun at %d before and %d after",
				round, cut, old.CreatedAt.UnixMilli(), next.CreatedAt.UnixMilli())
		}
		if !next.CreatedAt.Equal(next.ID.Created()) {
			k.failf("round %d: CreatedAt = %v, the id says %v", round, next.CreatedAt, next.ID.Created())
		}
		old = next
	}
	k.clock.Advance(tokenTTL)
	k.alive("long after the cut-off", old)
}

// againLogged makes the same cut-off twice while the clock stands still. A node that reads the log
// to see that a cut-off is in force looks for its entry.
func againLogged(k *kit) {
	for _, r := range []session.Revocation{{Kind: session.KindSubject, Subject: k.subject()}, {Kind: session.KindAll}} {
		shard := k.shardOf(r.Subject)
		for n := range 3 {
			mark := k.mark(shard)
			_, err := k.store.Revoke(k.ctx, r)
			k.must("Revoke", err)
			if entries := k.since(shard, mark); len(entries) != 1 || entries[0].Kind != r.Kind {
				k.failf("cut-off %d of kind %d within a millisecond: log entries %+v, want one", n+1, r.Kind, entries)
			}
		}
	}
}

// notSparedLater ends a session with everybody, and names it as the one to spare when its user is
// ended. No revocation counts it, and it takes no place under a limit.
func notSparedLater(k *kit) {
	everybody := func(session.Session) {
		_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: session.KindAll})
		k.must("Revoke everything", err)
	}
	putBack := func(old session.Session) {
		k.restore(k.shardOf(old.Subject), []session.Entry{{Kind: session.KindAll, Cutoff: session.CutoffAt(old.CreatedAt, session.ID{}), Until: k.until()}})
	}
	spare := func(old session.Session) {
		_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: session.KindSubject, Subject: old.Subject, Except: old.ID})
		k.must("Revoke", err)
	}
	for _, steps := range [][]func(session.Session){{everybody, spare}, {putBack, spare}, {spare, putBack}} {
		old := k.login(k.subject())
		for _, step := range steps {
			k.clock.Advance(time.Millisecond)
			step(old)
		}
		k.dead("spared after its end", old)
		c := k.loginOf(old.Subject)
		c.Limit, c.RefuseOverLimit = 1, true
		k.alive("the first under the limit", k.create(c).Session)
	}
	old := k.login(k.subject())
	everybody(old)
	k.clock.Advance(time.Millisecond)
	spare(old)
	k.clock.Advance(time.Millisecond)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: old.Subject}, 0)
}

// cutoffsCombine restores three cut-offs, with and without an exception, in all six orders. A
// session must be dead exactly if one of the three ends it.
func cutoffsCombine(k *kit) {
	for at0 := range 3 {
		for except := range 5 {
			for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
				k.combine(at0, except, order)
			}
		}
	}
}

func (k *kit) combine(at0, except int, order [3]int) {
	subject := k.subject()
	shard := k.shardOf(subject)
	const n = 4
	sessions := make([]session.Session, 0, n)
	for range n {
		sessions = append(sessions, k.login(subject))
	}
	cut := func(at, except int) session.Cutoff {
		c := session.Cutoff{At: sessions[at].CreatedAt.UnixMilli()}
		if except < len(sessions) {
			c.Except = sessions[except].ID
		}
		return c
	}
	cuts := [3]session.Cutoff{cut(at0, except), cut(1, 0), cut(2, 2)}
	for _, i := range order {
		k.must("Restore", k.store.Restore(k.ctx, shard, []session.Entry{{
			Kind: session.KindSubject, Subject: subject, Cutoff: cuts[i],
			Shard: uint8(shard), Until: k.until(),
		}}))
	}
	for i, sess := range sessions {
		what := fmt.Sprintf("session %d by cut-offs %+v in order %v", i, cuts, order)
		if cuts[0].Ends(sess.ID) || cuts[1].Ends(sess.ID) || cuts[2].Ends(sess.ID) {
			k.dead(what, sess)
		} else {
			k.alive(what, sess)
		}
	}
}
