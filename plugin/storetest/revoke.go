package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var revokeCases = []Case{
	newCase("revoking a session ends it and is logged once", revokeSession),
	newCase("revoking an absent session is logged and counts nothing", revokeAbsent),
	newCase("revoking a token ends only that token", revokeToken),
	newCase("revoking a token of a dead session revokes the session", revokeTokenOfDead),
	newCase("revoking a subject ends its sessions and no others", revokeSubject),
	newCase("revoking a subject spares Except", revokeExcept),
	newCase("revoking everything ends every session", revokeAll),
	newCase("malformed revocations are refused", revokeMalformed),
}

func revokeSession(k *kit) {
	sess := k.login(k.subject())
	sibling := k.login(sess.Subject)
	shard := k.shardOf(sess.Subject)
	mark := k.mark(shard)
	entry := session.Entry{Kind: session.KindSession, ID: sess.ID, Shard: sess.ID.Shard(), Until: k.until()}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 1)
	k.dead("revoked", sess)
	for range 3 {
		k.clock.Advance(time.Second)
		k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 0)
	}
	k.logged(shard, mark, entry)
	k.alive("its sibling was revoked", sibling)
	k.confirm(sess.ID, 1)
	k.dead("confirmed after its death", sess)
}

func revokeAbsent(k *kit) {
	id := k.strangerID()
	shard := int(id.Shard())
	mark := k.mark(shard)
	entry := session.Entry{Kind: session.KindSession, ID: id, Shard: id.Shard(), Until: k.until()}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: id}, 0)
	k.clock.Advance(time.Second)
	k.revoke(session.Revocation{Kind: session.KindSession, ID: id}, 0)
	k.logged(shard, mark, entry)

	idle := k.login(k.subject()) // a session that expired is absent too
	k.clock.AdvanceTo(idle.IdleAt)
	mark = k.mark(k.shardOf(idle.Subject))
	k.revoke(session.Revocation{Kind: session.KindSession, ID: idle.ID}, 0)
	k.logged(k.shardOf(idle.Subject), mark,
		session.Entry{Kind: session.KindSession, ID: idle.ID, Shard: idle.ID.Shard(), Until: k.until()})
}

func revokeToken(k *kit) {
	sess := k.login(k.subject())
	shard := k.shardOf(sess.Subject)
	bad, good := session.NewTokenID(), session.NewTokenID()
	mark := k.mark(shard)
	entry := session.Entry{Kind: session.KindToken, ID: sess.ID, Token: bad, Shard: sess.ID.Shard(), Until: k.until()}
	r := session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: bad}
	k.revoke(r, 1)
	k.revoke(r, 0)
	k.clock.Advance(time.Second)
	k.revoke(r, 0)
	k.logged(shard, mark, entry)

	refused := func(when string) {
		if err := k.checkToken(sess, bad); !errors.Is(err, session.ErrRevoked) {
			k.failf("%s: Check of the revoked token: %v, want ErrRevoked", when, err)
		}
		if err := k.checkToken(sess, good); err != nil {
			k.failf("%s: Check of another token of the session: %w", when, err)
		}
	}
	refused("at once")
	k.alive("one token was revoked", sess)
	k.rotate(k.rotationOf(sess.ID, 1), session.OutcomeAdvanced)
	refused("after a refresh")
	k.revoke(session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: good}, 1)
	for _, jti := range []session.TokenID{bad, good} {
		if err := k.checkToken(sess, jti); !errors.Is(err, session.ErrRevoked) {
			k.failf("after a second revocation: %v, want ErrRevoked", err)
		}
	}
	k.clock.AdvanceTo(entry.Until.Add(-tick))
	if err := k.checkToken(sess, bad); !errors.Is(err, session.ErrRevoked) {
		k.failf("a millisecond before Until: %v, want ErrRevoked", err)
	}
	k.alive("its tokens were revoked", sess)
}

func revokeTokenOfDead(k *kit) {
	for _, id := range []session.ID{k.strangerID(), k.expired().ID} {
		shard := int(id.Shard())
		mark := k.mark(shard)
		k.revoke(session.Revocation{Kind: session.KindToken, ID: id, Token: session.NewTokenID()}, 0)
		k.revoke(session.Revocation{Kind: session.KindToken, ID: id, Token: session.NewTokenID()}, 0)
		k.logged(shard, mark, session.Entry{Kind: session.KindSession, ID: id, Shard: id.Shard(), Until: k.until()})
	}
}

func (k *kit) expired() session.Session {
	sess := k.login(k.subject())
	k.clock.AdvanceTo(sess.IdleAt)
	return sess
}

func revokeSubject(k *kit) {
	bystander := k.login(k.subject())
	subject := k.subject()
	shard := k.shardOf(subject)
	short := k.loginOf(subject)
	short.IdleTTL = tick
	k.create(short) // dead in a millisecond, so it does not count
	a, b := k.login(subject), k.login(subject)
	b = k.rotate(k.rotationOf(b.ID, 1), session.OutcomeAdvanced)

	mark := k.mark(shard)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, 2)
	k.logged(shard, mark, session.Entry{
		Kind: session.KindSubject, Subject: subject, Cutoff: session.CutoffAt(k.clock.Now(), session.ID{}),
		Shard: uint8(shard), Until: k.until(),
	})
	k.dead("its subject was revoked", a, b)
	k.alive("another subject was revoked", bystander)
	k.clock.Advance(tick)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, 0)
	c := k.login(subject)
	k.alive("begun after the revocation", c)
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, 1)
	k.dead("revoked again", a, b, c)
}

func revokeExcept(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	a, spared, b := k.login(subject), k.login(subject), k.login(subject)
	mark := k.mark(shard)
	r := session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared.ID}
	k.revoke(r, 2)
	k.logged(shard, mark, session.Entry{
		Kind: session.KindSubject, Subject: subject, Cutoff: session.CutoffAt(k.clock.Now(), spared.ID),
		Shard: uint8(shard), Until: k.until(),
	})
	k.dead("not spared", a, b)
	k.alive("spared", spared)
	k.clock.Advance(tick)
	k.revoke(r, 0)
	k.rotate(k.rotationOf(spared.ID, 1), session.OutcomeAdvanced)
	k.alive("spared again and refreshed", spared)

	other := k.login(subject)
	r.Except = other.ID
	k.revoke(r, 1)
	spared.Generation = 2
	k.dead("another was spared", spared)
	k.alive("spared this time", other)
	r.Except = session.ID{}
	k.revoke(r, 1)
	k.dead("no session was spared", other)
}

func revokeAll(k *kit) {
	_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: session.KindAll, Until: k.tokenEnd()})
	k.must("Revoke", err) // ends the sessions that other cases left
	k.clock.Advance(tick)
	const n = 20 // in many shards
	all := make([]session.Session, 0, n)
	for range n {
		all = append(all, k.login(k.subject()))
	}
	marks := make([]session.Position, k.store.Shards())
	for shard := range marks {
		marks[shard] = k.mark(shard)
	}
	k.revoke(session.Revocation{Kind: session.KindAll, Except: all[0].ID}, len(all)) // Except applies only to KindSubject
	for shard, mark := range marks {
		k.logged(shard, mark, session.Entry{
			Kind: session.KindAll, Cutoff: session.CutoffAt(k.clock.Now(), session.ID{}),
			Shard: uint8(shard), Until: k.until(),
		})
	}
	k.dead("everything was revoked", all...)
	k.clock.Advance(tick)
	k.revoke(session.Revocation{Kind: session.KindAll}, 0)
	k.alive("begun afterwards", k.login(k.subject()))
}

func revokeMalformed(k *kit) {
	id, jti := k.strangerID(), session.NewTokenID()
	marks := make([]session.Position, k.store.Shards())
	for shard := range marks {
		marks[shard] = k.mark(shard)
	}
	for name, c := range map[string]struct {
		r    session.Revocation
		want error // nil: any error
	}{
		"zero":                {session.Revocation{}, nil},
		"unknown kind":        {session.Revocation{Kind: session.KindAll + 1, ID: id, Token: jti, Subject: "a"}, nil},
		"session without id":  {session.Revocation{Kind: session.KindSession}, session.ErrInvalidID},
		"token without id":    {session.Revocation{Kind: session.KindToken, Token: jti}, session.ErrInvalidID},
		"token without jti":   {session.Revocation{Kind: session.KindToken, ID: id}, session.ErrInvalidID},
		"subject without one": {session.Revocation{Kind: session.KindSubject, ID: id}, session.ErrInvalidSubject},
	} {
		c.r.Until = k.tokenEnd()
		n, err := k.store.Revoke(k.ctx, c.r)
		if err == nil || n != 0 || c.want != nil && !errors.Is(err, c.want) {
			k.failf("%s: Revoke = %d, %v, want %v", name, n, err, c.want)
		}
	}
	for shard, mark := range marks {
		k.logged(shard, mark)
	}
}
