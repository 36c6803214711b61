package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var beganCases = []Case{
	newCase("a login that began before a revocation of its subject begins nothing", beganSubject),
	newCase("a login that began before a revocation of everything begins nothing", beganAll),
	newCase("a login that began long before a revocation begins nothing", beganLongAgo),
	newCase("a login that began before a restored cut-off begins nothing", beganRestored),
	newCase("a login that begins after a revocation is let in, within its millisecond too", beganAfter),
}

// instant is a small part of a millisecond.
const instant = 100 * time.Microsecond

// overtaken expects that a login which began then begins nothing.
func (k *kit) overtaken(why, subject string, began time.Time) {
	shard := k.shardOf(subject)
	before, mark := k.list(subject), k.mark(shard)
	c := k.loginOf(subject)
	c.Began, c.Limit = began, 1 // at the limit, so that beginning something would end something
	if created, err := k.store.Create(k.ctx, c); !errors.Is(err, session.ErrOvertaken) || created.Session.Subject != "" {
		k.failf("%s: Create = %+v, %v, want ErrOvertaken", why, created, err)
	}
	if after := k.list(subject); !slices.Equal(before, after) {
		k.failf("%s: the list went from %v to %v", why, before, after)
	}
	k.logged(shard, mark)
}

// begins expects that a login which began then begins a session.
func (k *kit) begins(why, subject string, began time.Time) {
	c := k.loginOf(subject)
	c.Began = began
	created, err := k.store.Create(k.ctx, c)
	k.must(why+": Create", err)
	k.alive(why, created.Session)
}

func beganSubject(k *kit) {
	for _, spare := range []bool{false, true} {
		subject := k.subject()
		sess := k.login(subject)
		began := k.store.Now()
		k.clock.Advance(time.Second)
		r := session.Revocation{Kind: session.KindSubject, Subject: subject}
		if spare {
			r.Except = sess.ID
		}
		_, err := k.store.Revoke(k.ctx, r)
		k.must("Revoke", err)
		k.overtaken("at once", subject, began)
		k.clock.Advance(time.Second)
		k.overtaken("a second later", subject, began)
		k.overtaken("begun an instant before", subject, began.Add(time.Second-instant))
		k.begins("of another subject", k.subject(), began)
		k.begins("begun later", subject, k.store.Now())
		k.overtaken("after another login", subject, began)
	}
}

func beganAll(k *kit) {
	subject := k.subject()
	k.login(subject)
	began := k.store.Now()
	k.clock.Advance(tick)
	_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: session.KindAll})
	k.must("Revoke", err)
	k.overtaken("of a subject with a session", subject, began)
	k.overtaken("of a subject that never had one", k.subject(), began)
	k.begins("begun later", subject, k.store.Now())
}

// beganLongAgo lets the store forget the cut-off before the login ends.
func beganLongAgo(k *kit) {
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		subject := k.subject()
		began := k.store.Now()
		k.clock.Advance(tick)
		until := k.until()
		_, err := k.store.Revoke(k.ctx, session.Revocation{Kind: kind, Subject: subject, Until: k.tokenEnd()})
		k.must("Revoke", err)
		for range 3 {
			k.clock.AdvanceTo(until.Add(session.Afterlife + time.Minute))
			k.busy()
			k.overtaken("long after the revocation", subject, began)
			until = k.until()
		}
		k.begins("begun later", subject, k.store.Now())
	}
}

// busy gives the store occasion to drop what it no longer needs.
func (k *kit) busy() {
	for range 20 {
		sess := k.login(k.subject())
		k.revoke(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 1)
	}
}

func beganRestored(k *kit) {
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		subject := k.subject()
		shard := k.shardOf(subject)
		k.clock.Advance(time.Minute) // later than the cut-offs of other cases
		before := k.store.Now()
		k.clock.Advance(time.Second)
		e := session.Entry{Kind: kind, Cutoff: session.CutoffAt(k.clock.Now(), session.ID{}), Shard: uint8(shard), Until: k.until()}
		if kind == session.KindSubject {
			e.Subject = subject
		}
		k.clock.Advance(time.Second)
		after := k.store.Now()
		k.clock.Advance(time.Second)
		k.restore(shard, []session.Entry{e})
		k.overtaken("begun before the cut-off that was put back", subject, before)
		k.begins("begun after it", subject, after)
		k.overtaken("begun before it, again", subject, before)
	}
}

func beganAfter(k *kit) {
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		subject := k.subject()
		r := session.Revocation{Kind: kind, Subject: subject, Until: k.tokenEnd()}
		k.clock.Advance(2 * instant)
		for range 3 { // all in one millisecond
			before := k.store.Now()
			k.clock.Advance(instant)
			_, err := k.store.Revoke(k.ctx, r)
			k.must("Revoke", err)
			k.begins("at the same moment", subject, k.store.Now())
			k.clock.Advance(instant)
			k.overtaken("begun an instant before", subject, before)
			k.begins("begun an instant after", subject, k.store.Now())
			k.begins("begun at an unknown time", subject, time.Time{})
		}
		k.clock.settle()
		k.begins("begun in the next millisecond", subject, k.store.Now())
		k.begins("begun in the future of a node", subject, k.store.Now().Add(time.Minute))
	}
}
