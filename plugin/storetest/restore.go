package storetest

import (
	"errors"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var restoreCases = []Case{
	newCase("restore revokes what is alive again", restoreRevokes),
	newCase("restoring entries that are in force changes nothing", restoreSilent),
	newCase("eight nodes restore at once and it is written once", restoreConcurrent),
	newCase("restore leaves expired entries out", restoreExpired),
	newCase("restore puts back what readers with a leeway still obey", restoreAfterlife),
	newCase("restore announces that entries are being put back", restoreAnnounces),
	newCase("a restored cut-off binds the sessions to come", restoreBinds),
}

// restorable holds one session for each kind of entry, and the entries as a node remembers them
// after the store has lost them. All belong to the shard of one subject.
type restorable struct {
	shard                             int
	revoked, token, ofSubject, spared session.Session
	jti                               session.TokenID
	entries                           []session.Entry
}

func (k *kit) restorable() restorable {
	r := restorable{jti: session.NewTokenID()}
	subject := k.subject()
	r.shard = k.shardOf(subject)
	alone := k.subjectIn(r.shard)
	r.revoked, r.token = k.login(alone), k.login(alone)
	r.ofSubject, r.spared = k.login(subject), k.login(subject)
	r.entries = []session.Entry{
		{Kind: session.KindSession, ID: r.revoked.ID},
		{Kind: session.KindToken, ID: r.token.ID, Token: r.jti},
		{Kind: session.KindSubject, Subject: subject, Cutoff: session.CutoffAt(k.clock.Now(), r.spared.ID)},
		{Kind: session.KindSession, ID: session.NewID(k.clock.Now(), uint8(r.shard))},
	}
	for i := range r.entries {
		r.entries[i].Shard = uint8(r.shard)
		r.entries[i].Until = k.until()
	}
	return r
}

// subjectIn returns a subject of a shard.
func (k *kit) subjectIn(shard int) string {
	for {
		if s := k.subject(); k.shardOf(s) == shard {
			return s
		}
	}
}

func (k *kit) restore(shard int, entries []session.Entry) {
	k.must("Restore", k.store.Restore(k.ctx, shard, entries))
}

// restored expects that the entries are in force.
func (k *kit) restored(r restorable) {
	k.dead("restored", r.revoked, r.ofSubject)
	k.alive("spared by what was restored", r.token, r.spared)
	if err := k.checkToken(r.token, r.jti); !errors.Is(err, session.ErrRevoked) {
		k.failf("Check of a token whose revocation was restored: %v, want ErrRevoked", err)
	}
}

func restoreRevokes(k *kit) {
	r := k.restorable()
	mark := k.mark(r.shard)
	k.restore(r.shard, r.entries)
	k.restored(r)
	k.logged(r.shard, mark, r.entries...)
	k.clock.Advance(time.Second)
	k.restore(r.shard, r.entries)
	k.logged(r.shard, mark, r.entries...)

	everybody := session.Entry{
		Kind: session.KindAll, Cutoff: session.CutoffAt(k.clock.Now(), session.ID{}),
		Shard: uint8(r.shard), Until: k.until(),
	}
	k.clock.Advance(tick)
	later := k.login(r.token.Subject)
	mark = k.mark(r.shard)
	k.restore(r.shard, []session.Entry{everybody})
	k.restore(r.shard, []session.Entry{everybody})
	k.logged(r.shard, mark, everybody)
	k.dead("everybody's revocation was restored", r.token, r.spared)
	k.alive("begun after the cut-off that was restored", later)
}

func restoreSilent(k *kit) {
	r := k.restorable()
	mark := k.mark(r.shard)
	for _, e := range r.entries {
		_, err := k.store.Revoke(k.ctx, session.Revocation{
			Kind: e.Kind, ID: e.ID, Token: e.Token, Subject: e.Subject, Except: e.Cutoff.Except, Until: k.tokenEnd(),
		})
		k.must("Revoke", err)
	}
	k.rotateAway(r.token)
	said := k.since(r.shard, mark)
	last := k.mark(r.shard)
	k.clock.Advance(time.Second)
	for range 2 {
		k.restore(r.shard, said)
	}
	k.must("Restore", parallel(8, func(int) error { return k.store.Restore(k.ctx, r.shard, said) }))
	k.logged(r.shard, mark, said...)
	if now := k.mark(r.shard); now != last {
		k.failf("the log moved from %v to %v although it lacked nothing", last, now)
	}
	r.token.Generation = 2
	k.restored(r)
}

// rotateAway refreshes a session. The revocations of its tokens must survive that.
func (k *kit) rotateAway(sess session.Session) {
	k.rotate(k.rotationOf(sess.ID, sess.Generation), session.OutcomeAdvanced)
}

func restoreConcurrent(k *kit) {
	r := k.restorable()
	mark := k.mark(r.shard)
	k.must("Restore", parallel(8, func(int) error { return k.store.Restore(k.ctx, r.shard, r.entries) }))
	k.restored(r)
	got := k.since(r.shard, mark)
	if len(got) != len(r.entries) {
		k.failf("%d entries in the log, want %d", len(got), len(r.entries))
	}
	for _, want := range r.entries {
		n := 0
		for _, e := range got {
			if sameEntry(e, want) {
				n++
			}
		}
		if n != 1 {
			k.failf("%d times in the log: %+v", n, want)
		}
	}
}

func restoreExpired(k *kit) {
	r := k.restorable()
	k.clock.AdvanceTo(r.entries[0].Until.Add(session.Afterlife))
	mark := k.mark(r.shard)
	k.restore(r.shard, r.entries)
	k.restore(r.shard, nil)
	k.alive("its revocation has expired", r.revoked, r.token, r.ofSubject, r.spared)
	if err := k.checkToken(r.token, r.jti); err != nil {
		k.failf("Check of a token whose revocation has expired: %w", err)
	}
	k.logged(r.shard, mark)
}

func restoreAfterlife(k *kit) {
	r := k.restorable()
	k.clock.AdvanceTo(r.entries[0].Until.Add(session.Afterlife - time.Second))
	mark := k.mark(r.shard)
	k.restore(r.shard, r.entries)
	k.restored(r)
	k.logged(r.shard, mark, r.entries...)
}

func restoreAnnounces(k *kit) {
	r := k.restorable()
	k.clock.Advance(session.RestoreHold) // other cases may have restored something
	idle := func(when string, shard int) {
		if st := k.state(shard); st.Restoring.After(st.Now) {
			k.failf("%s: shard %d is being restored until %v, and it is %v", when, shard, st.Restoring, st.Now)
		}
	}
	for shard := range k.store.Shards() {
		idle("nobody restores", shard)
	}
	for _, entries := range [][]session.Entry{nil, r.entries, r.entries, {}} {
		k.clock.Advance(session.RestoreHold / 2)
		k.restore(r.shard, entries)
		want := k.clock.Now().Add(session.RestoreHold)
		for range 2 {
			if got := k.state(r.shard).Restoring; !got.Equal(want) {
				k.failf("after Restore of %d entries: Restoring = %v, want %v", len(entries), got, want)
			}
			k.clock.Advance(tick)
		}
	}
	for shard := range k.store.Shards() {
		if shard != r.shard {
			idle("another shard is being restored", shard)
		}
	}
	k.clock.Advance(session.RestoreHold)
	idle("whoever restored has stopped", r.shard)
}

func restoreBinds(k *kit) {
	subject := k.subject()
	shard := k.shardOf(subject)
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		before := k.login(subject)
		ahead := k.clock.Now().Add(5 * time.Second) // the clock of the lost store was ahead
		e := session.Entry{
			Kind: kind, Cutoff: session.CutoffAt(ahead, session.ID{}),
			Shard: uint8(shard), Until: k.until(),
		}
		if kind == session.KindSubject {
			e.Subject = subject
		}
		k.restore(shard, []session.Entry{e})
		k.dead("begun before a cut-off to come", before)
		after := k.create(k.loginOf(subject)).Session
		k.alive("begun after it was restored", after)
		if e.Cutoff.Ends(after.ID) {
			k.failf("kind %d: a cut-off at %v ends a session begun at %v", kind, ahead, after.ID.Created())
		}
		k.restore(shard, []session.Entry{e})
		k.alive("the cut-off was restored again", after)

		mark := k.mark(shard)
		k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, 1)
		if got := k.since(shard, mark); len(got) != 1 || !got[0].Cutoff.Ends(after.ID) {
			k.failf("revoking a session that began ahead of the clock was logged as %+v", got)
		}
		k.dead("begun ahead of the clock and revoked", after)
		k.clock.Advance(10 * time.Second)
	}
}
