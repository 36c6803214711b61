package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var expiryCases = []Case{
	newCase("a session dies at its idle end, to the millisecond", idleEnd),
	newCase("looking at a session does not keep it alive", lookingIsNoUse),
	newCase("check refuses unknown sessions and wrong subjects", checkStrangers),
}

func idleEnd(k *kit) {
	sess := k.login(k.subject())
	refreshed := k.login(k.subject())
	k.clock.AdvanceTo(sess.IdleAt.Add(-tick))
	refreshed = k.rotate(k.rotationOf(refreshed.ID, 1), session.OutcomeAdvanced)
	k.alive("a millisecond before its end", sess)
	k.clock.Advance(tick)
	k.dead("at its end", sess)
	k.alive("refreshed", refreshed)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: sess.Subject}, 0)
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 0)
	k.clock.AdvanceTo(refreshed.IdleAt)
	k.confirm(refreshed.ID, 2)
	k.dead("not refreshed again", refreshed)
}

func lookingIsNoUse(k *kit) {
	sess := k.login(k.subject())
	for range 4 {
		k.clock.Advance(idleTTL / 5)
		k.alive("looked at", sess)
		k.confirm(sess.ID, 1)
	}
	k.clock.AdvanceTo(sess.IdleAt)
	k.dead("looked at until its end", sess)
}

func checkStrangers(k *kit) {
	sess := k.login(k.subject())
	other := k.login(k.subject())
	probes := map[string]session.Probe{
		"absent session":      {ID: k.strangerID(), Subject: sess.Subject},
		"other subject":       {ID: sess.ID, Subject: other.Subject},
		"no subject":          {ID: sess.ID},
		"other creation time": {ID: sess.ID.WithTime(sess.CreatedAt.Add(time.Second)), Subject: sess.Subject},
		"no session":          {Subject: sess.Subject},
	}
	for name, p := range probes {
		p.Token = session.NewTokenID()
		for _, p.Strict = range []bool{false, true} {
			if err := k.store.Check(k.ctx, p); !errors.Is(err, session.ErrRevoked) {
				k.failf("%s: Check = %v, want ErrRevoked", name, err)
			}
		}
	}
	if _, err := k.store.Get(k.ctx, sess.ID.WithTime(sess.CreatedAt.Add(time.Second))); !errors.Is(err, session.ErrNotFound) {
		k.failf("Get under another creation time: %v", err)
	}
	k.alive("others were refused", sess, other)
}
