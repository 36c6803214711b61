package storetest

import (
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var confirmCases = []Case{
	newCase("confirm records the use of the current generation", confirmCurrent),
	newCase("confirm of another generation or a dead session changes nothing", confirmOther),
}

func confirmCurrent(k *kit) {
	const n = 20
	uses, want := make([]session.Use, 0, n), make([]session.Session, 0, n)
	for range n { // many subjects, and therefore many shards
		sess := k.login(k.subject())
		uses = append(uses, session.Use{ID: sess.ID, Generation: 1})
		want = append(want, sess)
	}
	for range 2 { // the second time only LastUsedAt changes
		k.clock.Advance(time.Minute)
		k.must("Confirm", k.store.Confirm(k.ctx, uses))
		for _, sess := range want {
			sess.Confirmed, sess.LastUsedAt = true, k.clock.Now()
			k.same("Get", k.get(sess.ID), sess)
		}
	}
	if got := k.rotate(k.rotationOf(uses[0].ID, 1), session.OutcomeAdvanced); got.Confirmed {
		k.failf("a new generation is confirmed from the start")
	}
	k.must("Confirm of nothing", k.store.Confirm(k.ctx, nil))
}

func confirmOther(k *kit) {
	sess, _ := k.advanced()
	dead := k.login(k.subject())
	k.revoke(session.Revocation{Kind: session.KindSession, ID: dead.ID}, 1)
	k.clock.Advance(time.Minute)
	k.must("Confirm", k.store.Confirm(k.ctx, []session.Use{
		{ID: sess.ID, Generation: 1},
		{ID: sess.ID, Generation: 3},
		{ID: sess.ID, Generation: 0},
		{ID: dead.ID, Generation: 1},
		{ID: k.strangerID(), Generation: 1},
	}))
	k.same("Get", k.get(sess.ID), sess)
	k.dead("confirmed after its death", dead)
}
