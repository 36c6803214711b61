package storetest

import (
	"github.com/ginauth/ginauth/plugin/session"
)

var reuseCases = []Case{
	newCase("rule 4: an older generation ends the session in the same step", reuseEnds),
	newCase("rule 4: ReportReuse reports and does not revoke", reportReuse),
	newCase("grace 0 is strict single use", graceZero),
}

func reuseEnds(k *kit) {
	sess, _ := k.advanced()
	shard := k.shardOf(sess.Subject)
	sibling := k.login(sess.Subject)
	k.rotate(k.rotationOf(sess.ID, 2), session.OutcomeAdvanced)
	before := k.get(sess.ID)

	mark := k.mark(shard)
	k.same("Rotate", k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeReused), before)
	k.logged(shard, mark, session.Entry{Kind: session.KindSession, ID: sess.ID, Shard: sess.ID.Shard(), Until: k.until()})
	k.dead("reused", before)
	for n := uint32(1); n <= 4; n++ {
		k.rotate(k.rotationOf(sess.ID, n), session.OutcomeGone)
	}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 0)
	if got := k.since(shard, mark); len(got) != 1 {
		k.failf("%d log entries for one end", len(got))
	}
	k.alive("another login of the subject", sibling)
}

func reportReuse(k *kit) {
	sess, _ := k.advanced()
	sess = k.rotate(k.rotationOf(sess.ID, 2), session.OutcomeAdvanced)
	mark := k.mark(k.shardOf(sess.Subject))
	r := k.rotationOf(sess.ID, 1)
	r.ReportReuse = true
	for range 2 {
		k.same("Rotate", k.rotate(r, session.OutcomeReused), sess)
	}
	k.same("Get", k.get(sess.ID), sess)
	k.alive("spared", sess)
	k.logged(k.shardOf(sess.Subject), mark)
	k.rotate(k.rotationOf(sess.ID, 3), session.OutcomeAdvanced)
}

func graceZero(k *kit) {
	sess, _ := k.advanced()
	r := k.rotationOf(sess.ID, 1)
	r.Grace = 0
	k.rotate(r, session.OutcomeReused) // unconfirmed, in the same millisecond
	k.dead("presented twice", sess)
}
