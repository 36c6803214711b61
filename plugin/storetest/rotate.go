package storetest

import (
	"math"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var rotateCases = []Case{
	newCase("rule 1: without a live session the outcome is gone", ruleGone),
	newCase("rule 2: the current generation advances", ruleAdvance),
	newCase("rule 3: the previous generation within grace is a retry", ruleGrace),
	newCase("rule 3: unconfirmed, it is a retry for less than LateRetry", ruleLateRetry),
	newCase("rule 3: confirmation closes the late retry", ruleConfirmedRetry),
	newCase("rule 3: a retry is not a use", retryIsNoUse),
	newCase("rule 5: a generation ahead is continued", ruleAhead),
	newCase("generations that are never issued are gone", impossibleGenerations),
	newCase("a refresh never moves the absolute end", absoluteEnd),
}

func ruleGone(k *kit) {
	for _, n := range []uint32{1, 2, 1000} {
		got, err := k.store.Rotate(k.ctx, k.rotationOf(k.strangerID(), n))
		k.must("Rotate", err)
		if got.Outcome != session.OutcomeGone || got.Session.ID != (session.ID{}) || got.Session.Subject != "" {
			k.failf("generation %d of a session that never was: %+v", n, got)
		}
	}
	sess := k.login(k.subject())
	id := sess.ID.WithTime(sess.ID.Created().Add(tick))
	k.rotate(k.rotationOf(id, 1), session.OutcomeGone) // the id of the same session with a later time
	k.alive("untouched", sess)
}

func ruleAdvance(k *kit) {
	sess := k.login(k.subject())
	for g := uint32(1); g <= 5; g++ {
		k.clock.Advance(time.Minute)
		r := k.rotationOf(sess.ID, g)
		r.IP, r.UserAgent = "2001:db8::1", "another/3"
		got := k.rotate(r, session.OutcomeAdvanced)
		sess.Generation, sess.IP, sess.UserAgent = g+1, r.IP, r.UserAgent
		sess.RotatedAt, sess.LastUsedAt, sess.IdleAt = k.clock.Now(), k.clock.Now(), k.clock.Now().Add(idleTTL)
		k.same("Rotate", got, sess)
		k.same("Get", k.get(sess.ID), sess)
		k.confirm(sess.ID, g+1)
	}
	k.alive("refreshed", sess)
}

// advanced returns a session at generation 2, and the moment of its advance.
func (k *kit) advanced() (session.Session, time.Time) {
	c := k.loginOf(k.subject())
	c.IdleTTL = 3 * session.LateRetry
	sess := k.create(c).Session
	r := k.rotationOf(sess.ID, 1)
	r.IdleTTL = 3 * session.LateRetry
	return k.rotate(r, session.OutcomeAdvanced), k.clock.Now()
}

func ruleGrace(k *kit) {
	sess, at := k.advanced()
	k.confirm(sess.ID, 2) // so that only the grace decides
	for _, age := range []time.Duration{0, tick, grace - tick, grace} {
		k.clock.AdvanceTo(at.Add(age))
		before := k.get(sess.ID)
		k.same("Rotate", k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeRetried), before)
		k.same("Get after a retry", k.get(sess.ID), before)
	}
	k.clock.Advance(tick)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeReused)
	k.dead("presented after grace", sess)
}

func ruleLateRetry(k *kit) {
	sess, at := k.advanced()
	for _, age := range []time.Duration{grace + tick, time.Hour, session.LateRetry - tick} {
		k.clock.AdvanceTo(at.Add(age))
		sess.LateRetries, sess.RetriedLate = 1, true
		k.same("Rotate", k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeRetried), sess)
	}
	k.clock.Advance(tick)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeReused)
	k.dead("presented after LateRetry", sess)

	sess, at = k.advanced() // a grace longer than LateRetry holds
	k.clock.AdvanceTo(at.Add(session.LateRetry + time.Hour))
	r := k.rotationOf(sess.ID, 1)
	r.Grace = session.LateRetry + time.Hour
	k.rotate(r, session.OutcomeRetried)
}

func ruleConfirmedRetry(k *kit) {
	sess, at := k.advanced()
	k.clock.AdvanceTo(at.Add(grace))
	k.confirm(sess.ID, 2)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeRetried) // grace still holds
	k.clock.Advance(tick)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeReused)
	k.dead("the successor was seen in use", sess)
}

func retryIsNoUse(k *kit) {
	sess, _ := k.advanced()
	k.clock.Advance(time.Minute)
	sess.LateRetries, sess.RetriedLate = 1, true // alone changes
	for range 3 {
		r := k.rotationOf(sess.ID, 1)
		r.IP, r.UserAgent = "203.0.113.9", "retry/9"
		k.same("Rotate", k.rotate(r, session.OutcomeRetried), sess)
	}
	k.same("Get", k.get(sess.ID), sess)
	k.rotate(k.rotationOf(sess.ID, 2), session.OutcomeAdvanced)
}

func ruleAhead(k *kit) {
	sess, _ := k.advanced()
	k.confirm(sess.ID, 2)
	k.clock.Advance(time.Minute)
	before := k.get(sess.ID)
	got := k.rotate(k.rotationOf(sess.ID, 7), session.OutcomeAhead)
	want := before
	want.Generation, want.Confirmed = 8, false
	want.RotatedAt, want.LastUsedAt, want.IdleAt = k.clock.Now(), k.clock.Now(), k.clock.Now().Add(idleTTL)
	k.same("Rotate", got, want)
	k.same("Get", k.get(sess.ID), want)
	k.rotate(k.rotationOf(sess.ID, 7), session.OutcomeRetried)
	k.rotate(k.rotationOf(sess.ID, 8), session.OutcomeAdvanced)
	k.rotate(k.rotationOf(sess.ID, math.MaxUint32-1), session.OutcomeAhead)
	if g := k.get(sess.ID).Generation; g != math.MaxUint32 {
		k.failf("the last generation but one was continued with %d", g)
	}
}

func impossibleGenerations(k *kit) {
	fresh := k.login(k.subject())
	advanced, _ := k.advanced()
	for _, sess := range []session.Session{fresh, advanced} {
		for _, n := range []uint32{0, math.MaxUint32} {
			k.rotate(k.rotationOf(sess.ID, n), session.OutcomeGone)
		}
		k.same("Get", k.get(sess.ID), sess)
	}
}

func absoluteEnd(k *kit) {
	c := k.loginOf(k.subject())
	c.MaxTTL = 3 * time.Hour
	sess := k.create(c).Session
	ends := sess.EndsAt
	for g := uint32(1); k.clock.Now().Before(ends.Add(-tick)); g++ {
		k.clock.AdvanceTo(earlier(k.clock.Now().Add(idleTTL*2/3), ends.Add(-tick)))
		sess = k.rotate(k.rotationOf(sess.ID, g), session.OutcomeAdvanced)
		if !sess.EndsAt.Equal(ends) || !k.get(sess.ID).EndsAt.Equal(ends) {
			k.failf("the absolute end moved from %v to %v", ends, sess.EndsAt)
		}
		if want := earlier(k.clock.Now().Add(idleTTL), ends); !sess.IdleAt.Equal(want) {
			k.failf("IdleAt = %v, want %v", sess.IdleAt, want)
		}
	}
	k.alive("a millisecond before the end", sess)
	k.clock.AdvanceTo(ends)
	k.dead("at the end", sess)

	c.IdleTTL = 10 * time.Hour
	if got := k.create(c).Session; !got.IdleAt.Equal(got.EndsAt) {
		k.failf("a login: IdleAt = %v is not EndsAt = %v", got.IdleAt, got.EndsAt)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
