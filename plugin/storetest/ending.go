package storetest

import (
	"errors"
	"strings"

	"github.com/ginauth/ginauth/plugin/session"
)

// endingCases pass for a store that does not implement session.Endings.
var endingCases = []Case{
	newCase("an ending has the reason and the last generation", endingTold),
	newCase("a session that is alive or unknown has no ending", endingUnknown),
	newCase("an ending is kept as long as its revocation matters", endingKept),
}

// ended expects an ending of a session; the zero Ending stands for ErrNotFound.
func (k *kit) ended(why string, id session.ID, want session.Ending) {
	endings, ok := session.As[session.Endings](k.store)
	if !ok {
		return
	}
	got, err := endings.Ending(k.ctx, id)
	if want == (session.Ending{}) && errors.Is(err, session.ErrNotFound) {
		return
	}
	k.must(why+": Ending", err)
	if got != want {
		k.failf("%s: the ending is %+v, want %+v", why, got, want)
	}
}

func endingTold(k *kit) {
	subject := k.subject()
	sess := k.login(subject)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeAdvanced)
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: "logout"}, 1)
	k.ended("revoked", sess.ID, session.Ending{Reason: "logout", Generation: 2})
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: "again"}, 0)
	k.ended("revoked twice", sess.ID, session.Ending{Reason: "logout", Generation: 2})

	one, two, spared := k.login(subject), k.login(subject), k.login(subject)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared.ID, Reason: "stolen"}, 2)
	k.ended("with its subject", one.ID, session.Ending{Reason: "stolen", Generation: 1})
	k.ended("with its subject", two.ID, session.Ending{Reason: "stolen", Generation: 1})
	k.ended("spared", spared.ID, session.Ending{})
	k.revoke(session.Revocation{Kind: session.KindSession, ID: one.ID, Reason: "again"}, 0)
	k.dead("of an ended session", one)

	k.rotate(k.rotationOf(spared.ID, 1), session.OutcomeAdvanced)
	k.rotate(k.rotationOf(spared.ID, 2), session.OutcomeAdvanced)
	k.rotate(k.rotationOf(spared.ID, 1), session.OutcomeReused)
	k.ended("reused", spared.ID, session.Ending{Reason: session.ReasonReuse, Generation: 3})

	limited := k.loginOf(k.subject())
	limited.Limit = 1
	old := k.create(limited).Session
	k.clock.Advance(tick)
	k.create(limited)
	k.ended("evicted", old.ID, session.Ending{Reason: session.ReasonLimit, Generation: 1})

	long := k.login(k.subject())
	k.revoke(session.Revocation{Kind: session.KindSession, ID: long.ID, Reason: strings.Repeat("x", session.MaxReason+1)}, 1)
	k.ended("for a long reason", long.ID, session.Ending{Reason: strings.Repeat("x", session.MaxReason), Generation: 1})
}

func endingUnknown(k *kit) {
	sess := k.login(k.subject())
	k.ended("alive", sess.ID, session.Ending{})
	k.ended("unknown", k.strangerID(), session.Ending{})
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: "logout"}, 1)
	k.ended("another with its tail", sess.ID.WithTime(sess.CreatedAt.Add(tick)), session.Ending{})
}

func endingKept(k *kit) {
	sess := k.login(k.subject())
	of := k.login(k.subject())
	until := k.until()
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID, Reason: "logout"}, 1)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: of.Subject, Reason: "stolen"}, 1)
	k.clock.AdvanceTo(until.Add(session.Afterlife - tick))
	k.ended("just before", sess.ID, session.Ending{Reason: "logout", Generation: 1})
	k.ended("with its subject, just before", of.ID, session.Ending{Reason: "stolen", Generation: 1})
}
