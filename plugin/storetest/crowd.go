package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var crowdCases = []Case{
	newCase("a user with many sessions is listed, and ended but for Except with the exact count", crowdEnded),
	newCase("many sessions of many users are ended with the exact count", crowdsEnded),
	newCase("a cut-off of many sessions is in force before they are counted", crowdAtOnce),
	newCase("a session that a cut-off ended stays dead when the cut-off is forgotten", deadForever),
}

// crowd begins n sessions of a subject.
func (k *kit) crowd(subject string, n int) []session.Session {
	all := make([]session.Session, n)
	c := k.loginOf(subject)
	c.IdleTTL = maxTTL
	const workers = 16
	k.must("Create", parallel(workers, func(who int) error {
		for i := who; i < n; i += workers {
			created, err := k.store.Create(k.ctx, c)
			if err != nil {
				return err
			}
			all[i] = created.Session
		}
		return nil
	}))
	k.clock.Advance(tick)
	return all
}

// has expects exactly these sessions in the list, in any order.
func (k *kit) has(why, subject string, want []session.Session) {
	listed := k.list(subject)
	for _, sess := range want {
		if !slices.Contains(listed, sess.ID) {
			k.failf("%s: %v is not in the list", why, sess.ID)
		}
	}
	if len(listed) != len(want) {
		k.failf("%s: %d sessions in the list, want %d", why, len(listed), len(want))
	}
}

func crowdEnded(k *kit) {
	const n = 2000
	subject := k.subject()
	all := k.crowd(subject, n)
	spared := k.login(subject)
	k.has("many", subject, append(all[:n:n], spared))
	if ids := k.list(subject); ids[0] != spared.ID {
		k.failf("the list begins with %v, want the newest, %v", ids[0], spared.ID)
	}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: all[0].ID}, 1)
	short := k.loginOf(subject)
	short.IdleTTL = tick
	for range 30 {
		k.create(short) // dead in a millisecond, so it does not count
	}
	k.clock.Advance(tick)
	r := session.Revocation{Kind: session.KindSubject, Subject: subject, Except: spared.ID, Reason: "many"}
	k.revoke(r, n-1)
	k.revoke(r, 0)
	k.dead("one of many", all[0], all[1], all[n/2], all[n-1])
	for _, sess := range []session.Session{all[1], all[n/2], all[n-1]} {
		k.ended("one of many", sess.ID, session.Ending{Reason: "many", Generation: 1})
	}
	k.has("all but one ended", subject, []session.Session{spared})
	k.alive("spared", spared)
	c := k.loginOf(subject)
	c.Limit, c.RefuseOverLimit = 2, true
	next := k.create(c).Session
	k.has("within the limit", subject, []session.Session{spared, next})
	k.clock.Advance(tick)
	r.Except = session.ID{}
	k.revoke(r, 2)
	k.has("all ended", subject, nil)
	k.revoke(r, 0)
}

func crowdsEnded(k *kit) {
	const users, each = 40, 15
	_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: session.KindAll})
	k.must("Revoke", err) // ends the sessions that other cases left
	k.clock.Advance(tick)
	var some []session.Session
	for range users {
		some = append(some, k.crowd(k.subject(), each)[0])
	}
	k.revoke(session.Revocation{Kind: session.KindAll}, users*each)
	k.revoke(session.Revocation{Kind: session.KindAll}, 0)
	k.dead("everything was revoked", some...)
	for _, sess := range some {
		k.has("everything was revoked", sess.Subject, nil)
	}
}

// crowdAtOnce acts as soon as the log tells of the cut-off, while the store may still be counting.
func crowdAtOnce(k *kit) {
	const n = 1000
	subject := k.subject()
	shard := k.shardOf(subject)
	all := k.crowd(subject, n)
	mark := k.mark(shard)
	counted := make(chan error, 1)
	r := session.Revocation{Kind: session.KindSubject, Subject: subject, Until: k.tokenEnd(), Reason: "at once"}
	go func() {
		got, err := k.store.Revoke(k.ctx, r)
		if err == nil && got != n {
			err = fmt.Errorf("ended %d sessions, want %d", got, n)
		}
		counted <- err
	}()
	if entries, _, err := k.store.Read(k.ctx, shard, mark, 1, wakeBound); err != nil || len(entries) != 1 {
		k.failf("%d log entries, %w", len(entries), orNone(err))
	}
	c := k.loginOf(subject)
	c.Limit = 50
	created := k.create(c)
	if len(created.Evicted) != 0 {
		k.failf("a login after the end of all sessions evicted %d", len(created.Evicted))
	}
	k.has("a login after the end of all sessions", subject, []session.Session{created.Session})
	k.dead("while it is counted", all[0], all[n-1])
	k.ended("while it is counted", all[n-1].ID, session.Ending{Reason: "at once", Generation: 1})
	k.must("Revoke", <-counted)
	k.alive("begun after the end of all sessions", created.Session)
	k.dead("counted", all[0], all[n/2], all[n-1])
}

func deadForever(k *kit) {
	const n = 60
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		subject := k.subject()
		shard := k.shardOf(subject)
		revoked := k.crowd(subject, n)
		spared := k.crowd(subject, 1)[0]
		r := session.Revocation{Kind: kind, Subject: subject, Until: k.tokenEnd()}
		if kind == session.KindSubject {
			r.Except = spared.ID
		}
		_, err := k.store.Revoke(k.ctx, r)
		k.must("Revoke", err)
		k.clock.Advance(tick)
		subject2 := k.subjectIn(shard)
		restored := k.crowd(subject2, n)
		e := session.Entry{Kind: kind, Cutoff: session.CutoffAt(k.clock.Now(), session.ID{}), Shard: uint8(shard), Until: k.until()}
		if kind == session.KindSubject {
			e.Subject = subject2
		}
		k.clock.Advance(tick)
		later := k.crowd(subject2, 1)[0]
		k.restore(shard, []session.Entry{e})
		for range 3 {
			k.clock.Advance(tokenTTL + session.Afterlife + time.Minute)
			k.busy()
			k.dead("ended long ago", revoked[0], revoked[n/2], revoked[n-1])
			k.dead("ended long ago by a cut-off that was put back", restored[0], restored[n/2], restored[n-1])
		}
		k.alive("begun after the cut-off", later)
		k.has("long after the cut-off", subject2, []session.Session{later})
		if kind == session.KindSubject {
			k.alive("spared", spared)
			k.has("long after the cut-off", subject, []session.Session{spared})
		}
		c := k.loginOf(subject2)
		c.Limit = 2
		if created := k.create(c); len(created.Evicted) != 0 {
			k.failf("the limit counts what a cut-off ended long ago: evicted %v", created.Evicted)
		}
	}
}
