package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var sessionlessCases = []Case{
	newCase("a token without a session is ended by its subject's cut-off, to the millisecond", sessionlessSubject),
	newCase("a token without a session is ended by the cut-off of everybody", sessionlessAll),
	newCase("nothing else ends a token without a session", sessionlessElse),
}

// old expects a verdict on a token without a session.
func (k *kit) old(why, subject string, made time.Time, dead bool) {
	err := k.store.Check(k.ctx, session.Probe{Subject: subject, IssuedAt: made, Strict: true})
	if err != nil && !errors.Is(err, session.ErrRevoked) {
		k.must("Check", err)
	}
	if (err != nil) != dead {
		k.failf("%s: Check of a token without a session: %v", why, err)
	}
}

func sessionlessSubject(k *kit) {
	subject, other := k.subject(), k.subject()
	for _, spare := range []bool{false, true} {
		sess := k.login(subject)
		made := k.clock.Now()
		k.old("before", subject, made, false)
		r := session.Revocation{Kind: session.KindSubject, Subject: subject}
		until := k.until()
		if spare {
			r.Except = sess.ID
		}
		r.Until = k.tokenEnd()
		_, err := k.store.Revoke(k.ctx, r)
		k.must("Revoke", err)
		k.old("made before the cut-off", subject, made.Add(-time.Hour), true)
		k.old("made in its millisecond", subject, made, true)
		k.old("made after it", subject, made.Add(tick), false)
		k.old("of another subject", other, made, false)
		k.clock.AdvanceTo(until.Add(session.Afterlife - tick))
		k.old("while the log remembers", subject, made, true)
	}
}

func sessionlessAll(k *kit) {
	subject := k.subject()
	made := k.clock.Now()
	k.old("before", subject, made.Add(time.Hour), false)
	r := session.Revocation{Kind: session.KindAll, Until: k.tokenEnd()}
	_, err := k.store.Revoke(k.ctx, r)
	k.must("Revoke", err)
	k.old("made before the cut-off", subject, made, true)
	k.old("made after it", subject, made.Add(time.Hour), false)
}

func sessionlessElse(k *kit) {
	subject := k.subject()
	sess := k.login(subject)
	k.clock.Advance(time.Second)
	made := k.clock.Now()
	k.old("of a subject with a session", subject, made, false)
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 1)
	k.old("whose session was revoked", subject, made, false)
	k.old("of a subject that never had one", k.subject(), made, false)
	k.old("made at an unknown time", subject, time.Time{}, true)
}
