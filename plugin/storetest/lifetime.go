package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var lifetimeCases = []Case{
	newCase("a revocation lasts until the latest token of its session ends", lifeOfSession),
	newCase("the end of a session by the store lasts until its latest token ends", lifeOfOwn),
	newCase("a revoker who knows of a later end is believed", lifeByRevoker),
	newCase("what the store does not have is revoked until the shard's latest token ends", lifeOfShard),
	newCase("a single token is revoked until its own end", lifeOfToken),
	newCase("a revoked token stays refused for Afterlife beyond its end", tokenAfterlife),
}

// lasting revokes, and expects a log entry with an Until.
func (k *kit) lasting(why string, shard int, r session.Revocation, until time.Time) {
	mark := k.mark(shard)
	_, err := k.store.Revoke(k.ctx, r)
	k.must(why+": Revoke", err)
	k.lasts(why, shard, mark, until)
}

// lasts expects one log entry after a mark, with an Until.
func (k *kit) lasts(why string, shard int, mark session.Position, until time.Time) {
	got := k.since(shard, mark)
	if len(got) != 1 {
		k.failf("%s: %d log entries, want 1", why, len(got))
	}
	if !sameEnd(got[0], roundUp(until)) {
		k.failf("%s: Until = %v, want %v", why, got[0].Until, roundUp(until))
	}
}

// refreshed begins a session that has tokens of many ends: the second refresh is answered twice.
// The latest of the ends is latest from now. Refused refreshes mint no tokens.
func (k *kit) refreshed(subject string, latest time.Duration) (session.Session, time.Time) {
	c := k.loginOf(subject)
	if latest == 0 {
		return k.create(c).Session, c.TokenEnd
	}
	sess := k.create(c).Session
	end := k.tokenEndIn(latest)
	for _, step := range []struct {
		generation uint32
		tokenEnd   time.Time
		outcome    session.Outcome
	}{
		{1, end.Add(-time.Hour), session.OutcomeAdvanced},
		{2, k.tokenEnd(), session.OutcomeAdvanced},
		{2, end, session.OutcomeRetried},
		{3, k.tokenEnd(), session.OutcomeAdvanced},
		{0, end.Add(time.Hour), session.OutcomeGone},
	} {
		r := k.rotationOf(sess.ID, step.generation)
		r.TokenEnd = step.tokenEnd
		k.rotate(r, step.outcome)
	}
	r := k.rotationOf(sess.ID, 1)
	r.TokenEnd, r.ReportReuse = end.Add(time.Hour), true
	k.rotate(r, session.OutcomeReused)
	sess.Generation = 4
	return sess, end
}

func lifeOfSession(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	long, longEnd := k.refreshed(subject, 9*time.Hour)
	mid, midEnd := k.refreshed(subject, 5*time.Hour)
	short, shortEnd := k.refreshed(subject, 0)
	only := k.loginOf(subject)
	only.TokenEnd = k.tokenEndIn(7 * time.Hour)
	k.lasting("a session of the shortest token", shard, session.Revocation{Kind: session.KindSession, ID: short.ID}, shortEnd)
	k.lasting("a session that was refreshed", shard, session.Revocation{Kind: session.KindSession, ID: mid.ID, Until: k.tokenEnd()}, midEnd)
	k.lasting("a session of long tokens", shard, session.Revocation{Kind: session.KindSession, ID: long.ID}, longEnd)
	k.lasting("a session of one long token", shard, session.Revocation{Kind: session.KindSession, ID: k.create(only).Session.ID}, only.TokenEnd)
}

func lifeOfOwn(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	k.refreshed(k.subjectIn(shard), 9*time.Hour)
	reused, end := k.refreshed(subject, 5*time.Hour)
	mark := k.mark(shard)
	r := k.rotationOf(reused.ID, 1)
	r.TokenEnd = k.tokenEndIn(7 * time.Hour)
	k.rotate(r, session.OutcomeReused)
	k.lasts("reuse", shard, mark, end)

	_, end = k.refreshed(subject, 4*time.Hour)
	c := k.loginOf(subject)
	c.Limit, c.TokenEnd = 1, k.tokenEndIn(8*time.Hour)
	mark = k.mark(shard)
	k.create(c)
	k.lasts("an eviction", shard, mark, end)
}

func lifeByRevoker(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	first, _ := k.refreshed(subject, 2*time.Hour)
	later := k.tokenEndIn(6 * time.Hour)
	k.lasting("a session", shard, session.Revocation{Kind: session.KindSession, ID: first.ID, Until: later}, later)
	stranger := session.NewID(k.clock.Now(), uint8(shard))
	k.lasting("an unknown session", shard, session.Revocation{Kind: session.KindSession, ID: stranger, Until: later}, later)
	k.lasting("a subject", shard, session.Revocation{Kind: session.KindSubject, Subject: subject, Until: later}, later)
	k.clock.Advance(tick)
	k.lasting("everything", shard, session.Revocation{Kind: session.KindAll, Until: later.Add(time.Hour)}, later.Add(time.Hour))
	next := k.create(k.loginOf(subject)).Session
	k.lasting("a session, after others were revoked for longer", shard, session.Revocation{Kind: session.KindSession, ID: next.ID}, k.tokenEnd())
}

func lifeOfShard(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	_, end := k.refreshed(k.subjectIn(shard), 6*time.Hour) // some other user's tokens are the longest
	k.refreshed(subject, 3*time.Hour)
	dead := k.login(subject)
	k.clock.AdvanceTo(dead.IdleAt)
	for why, r := range map[string]session.Revocation{
		"an unknown session":         {Kind: session.KindSession, ID: session.NewID(k.clock.Now(), uint8(shard))},
		"a session that expired":     {Kind: session.KindSession, ID: dead.ID, Until: k.tokenEnd()},
		"a token of no live session": {Kind: session.KindToken, ID: session.NewID(k.clock.Now(), uint8(shard)), Token: session.NewTokenID()},
		"a subject":                  {Kind: session.KindSubject, Subject: subject},
		"a subject without sessions": {Kind: session.KindSubject, Subject: k.subjectIn(shard), Until: k.tokenEnd()},
		"everything":                 {Kind: session.KindAll},
	} {
		k.lasting(why, shard, r, end)
	}
}

func lifeOfToken(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	sess, _ := k.refreshed(subject, 4*time.Hour)
	for _, left := range []time.Duration{tokenTTL, time.Second, 10 * time.Hour} {
		end := k.clock.Now().Add(left)
		k.lasting("a token", shard, session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: session.NewTokenID(), Until: end}, end)
	}
	k.lasting("its session", shard, session.Revocation{Kind: session.KindSession, ID: sess.ID}, k.latest)
}

func tokenAfterlife(k *kit) {
	c := k.loginOf(k.subject())
	c.IdleTTL = 10 * (tokenTTL + session.Afterlife)
	sess := k.create(c).Session
	jti := session.NewTokenID()
	end := k.tokenEnd()
	k.revoke(session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: jti}, 1)
	for _, after := range []time.Duration{-tick, 0, session.MaxLeeway, session.Afterlife - tick} {
		k.clock.AdvanceTo(end.Add(after))
		if err := k.checkToken(sess, jti); !errors.Is(err, session.ErrRevoked) {
			k.failf("%v after the end of a revoked token: %v, want ErrRevoked", after, err)
		}
		k.busy()
	}
	k.alive("its token was revoked", sess)
}
