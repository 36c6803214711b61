package storetest

import "github.com/ginauth/ginauth/plugin/session"

var lateCases = []Case{
	newCase("rule 3: a third late retry in a row is reuse", lateRow),
	newCase("rule 3: an ordinary refresh ends a row of late retries", lateRowEnds),
}

// late presents the generation before the session's own, later than the grace, and returns the
// session with one more late retry.
func (k *kit) late(sess session.Session) session.Session {
	k.clock.AdvanceTo(sess.RotatedAt.Add(grace + tick))
	sess.LateRetries++
	sess.RetriedLate = true
	for range 2 { // a generation counts once
		k.same("a late retry", k.rotate(k.rotationOf(sess.ID, sess.Generation-1), session.OutcomeRetried), sess)
		k.same("Get after a late retry", k.get(sess.ID), sess)
	}
	return sess
}

// leave presents the session's own generation and expects this count of late retries.
func (k *kit) leave(sess session.Session, count uint8) session.Session {
	next := k.rotate(k.rotationOf(sess.ID, sess.Generation), session.OutcomeAdvanced)
	if next.LateRetries != count || next.RetriedLate {
		k.failf("after a refresh: %d late retries, the present one: %t; want %d, false", next.LateRetries, next.RetriedLate, count)
	}
	return next
}

// lateRow is what a victim does whose thief always refreshes first and uses nothing.
func lateRow(k *kit) {
	sess, _ := k.advanced()
	for n := range session.MaxLateRetries {
		sess = k.leave(k.late(sess), uint8(n)+1)
	}
	before := k.get(sess.ID)
	k.same("a retry within grace is not late", k.rotate(k.rotationOf(sess.ID, sess.Generation-1), session.OutcomeRetried), before)

	k.clock.AdvanceTo(sess.RotatedAt.Add(grace + tick))
	third := k.rotationOf(sess.ID, sess.Generation-1)
	third.ReportReuse = true
	k.same("reported", k.rotate(third, session.OutcomeReused), before)
	k.alive("reported", sess)
	third.ReportReuse = false
	k.same("ended", k.rotate(third, session.OutcomeReused), before)
	k.dead("retried late once too often", sess)
}

func lateRowEnds(k *kit) {
	sess, _ := k.advanced()
	for n := range session.MaxLateRetries {
		sess = k.leave(k.late(sess), uint8(n)+1)
	}
	k.rotate(k.rotationOf(sess.ID, sess.Generation-1), session.OutcomeRetried) // within grace, so it is not late
	sess = k.late(k.leave(sess, 0))
	if sess.LateRetries != 1 {
		k.failf("the row began anew with %d late retries", sess.LateRetries)
	}
	sess = k.rotate(k.rotationOf(sess.ID, sess.Generation+1), session.OutcomeAhead)
	if sess.LateRetries != 0 || sess.RetriedLate {
		k.failf("after lost writes: %d late retries, the present one: %t", sess.LateRetries, sess.RetriedLate)
	}
	for n := range session.MaxLateRetries {
		sess = k.leave(k.late(sess), uint8(n)+1)
	}
	k.alive("as often late as is allowed", sess)
}
