package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Defaults of the cases.
const (
	idleTTL  = time.Hour
	maxTTL   = 24 * time.Hour * 30
	tokenTTL = 15 * time.Minute
	grace    = 10 * time.Second
	tick     = time.Millisecond
)

// kit holds the helpers of the cases. Its methods end the case when the store returns an error,
// so only the goroutine of the case may call them.
type kit struct {
	ctx           context.Context
	store         session.LoggedStore
	clock         *Clock
	interleavings int
	latest        time.Time // of all tokenEndIn
}

// subject returns a subject that no other case uses.
func (k *kit) subject() string { return "storetest-" + rand.Text() }

func (k *kit) shardOf(subject string) int {
	return int(session.ShardOf(subject, k.store.Shards()))
}

// strangerID returns the id of a session that the store never had.
func (k *kit) strangerID() session.ID {
	return session.NewID(k.clock.Now(), uint8(k.shardOf(k.subject())))
}

func (k *kit) loginOf(subject string) session.Create {
	return session.Create{
		Subject: subject, IP: "192.0.2.7", UserAgent: "storetest/1", Device: "storetest",
		IdleTTL: idleTTL, MaxTTL: maxTTL, TokenEnd: k.tokenEnd(),
	}
}

func (k *kit) create(c session.Create) session.Created {
	created, err := k.store.Create(k.ctx, c)
	k.must("Create", err)
	return created
}

// login begins a session and advances the clock, so that sessions have an order.
func (k *kit) login(subject string) session.Session {
	sess := k.create(k.loginOf(subject)).Session
	k.clock.Advance(tick)
	return sess
}

func (k *kit) get(id session.ID) session.Session {
	sess, err := k.store.Get(k.ctx, id)
	k.must("Get", err)
	return sess
}

func (k *kit) list(subject string) []session.ID {
	list, err := k.store.List(k.ctx, subject)
	k.must("List", err)
	ids := make([]session.ID, 0, len(list))
	for _, sess := range list {
		ids = append(ids, sess.ID)
	}
	return ids
}

func (k *kit) rotationOf(id session.ID, generation uint32) session.Rotation {
	return session.Rotation{
		ID: id, Generation: generation, IdleTTL: idleTTL, Grace: grace, TokenEnd: k.tokenEnd(),
		IP: "192.0.2.8", UserAgent: "storetest/2",
	}
}

// rotate presents a generation and expects an outcome.
func (k *kit) rotate(r session.Rotation, want session.Outcome) session.Session {
	got, err := k.store.Rotate(k.ctx, r)
	k.must("Rotate", err)
	if got.Outcome != want {
		k.failf("Rotate of generation %d: outcome %d, want %d", r.Generation, got.Outcome, want)
	}
	if !got.Now.Equal(k.clock.Now()) {
		k.failf("Rotate: Now = %v, the clock says %v", got.Now, k.clock.Now())
	}
	return got.Session
}

func (k *kit) confirm(id session.ID, generation uint32) {
	k.must("Confirm", k.store.Confirm(k.ctx, []session.Use{{ID: id, Generation: generation}}))
}

// revoke revokes and expects a count.
func (k *kit) revoke(r session.Revocation, want int) {
	r.Until = k.tokenEnd()
	n, err := k.store.Revoke(k.ctx, r)
	k.must("Revoke", err)
	if n != want {
		k.failf("Revoke of kind %d ended %d, want %d", r.Kind, n, want)
	}
}

func (k *kit) checkToken(sess session.Session, jti session.TokenID) error {
	return k.store.Check(k.ctx, session.Probe{ID: sess.ID, Token: jti, Subject: sess.Subject, Strict: true})
}

func (k *kit) check(sess session.Session) error { return k.checkToken(sess, session.NewTokenID()) }

// alive expects that every session is alive by Check, Get and List.
func (k *kit) alive(why string, sessions ...session.Session) {
	for i, sess := range sessions {
		if err := k.check(sess); err != nil {
			k.failf("%s: session %d is refused by Check: %w", why, i, err)
		}
		if _, err := k.store.Get(k.ctx, sess.ID); err != nil {
			k.failf("%s: session %d is refused by Get: %w", why, i, err)
		}
		if !slices.Contains(k.list(sess.Subject), sess.ID) {
			k.failf("%s: session %d is not in the list", why, i)
		}
	}
}

// dead expects that every session is dead by Check, Get, List and Rotate.
func (k *kit) dead(why string, sessions ...session.Session) {
	for i, sess := range sessions {
		if err := k.check(sess); !errors.Is(err, session.ErrRevoked) {
			k.failf("%s: Check of session %d: %v, want ErrRevoked", why, i, err)
		}
		if _, err := k.store.Get(k.ctx, sess.ID); !errors.Is(err, session.ErrNotFound) {
			k.failf("%s: Get of session %d: %v, want ErrNotFound", why, i, err)
		}
		if slices.Contains(k.list(sess.Subject), sess.ID) {
			k.failf("%s: session %d is still in the list", why, i)
		}
		k.rotate(k.rotationOf(sess.ID, sess.Generation), session.OutcomeGone)
	}
}

// mark returns the end of the log.
func (k *kit) mark(shard int) session.Position { return k.state(shard).Last }

func (k *kit) state(shard int) session.LogState {
	st, err := k.store.State(k.ctx, shard)
	k.must("State", err)
	return st
}

// since returns the entries that were written to the log after a mark.
func (k *kit) since(shard int, after session.Position) []session.Entry {
	var all []session.Entry
	for {
		entries, next, err := k.store.Read(k.ctx, shard, after, 100, 0)
		k.must("Read", err)
		if len(entries) == 0 {
			return all
		}
		if !after.Before(next) {
			k.failf("Read returned %d entries but did not move from %v", len(entries), after)
		}
		all, after = append(all, entries...), next
	}
}

// logged expects exactly these entries in the log after a mark.
func (k *kit) logged(shard int, after session.Position, want ...session.Entry) {
	got := k.since(shard, after)
	if len(got) != len(want) {
		k.failf("%d log entries, want %d: %+v", len(got), len(want), got)
	}
	for i := range want {
		if !sameEntry(got[i], want[i]) {
			k.failf("log entry %d is\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

// sameEntry reports whether a store wrote the entry that was wanted.
func sameEntry(got, want session.Entry) bool {
	lasts := sameEnd(got, want.Until)
	got.Until, want.Until = time.Time{}, time.Time{}
	return lasts && got == want
}

// sameEnd reports whether an entry counts until then. Only the end of a single token must be
// exact: about what it has no record of, a store need not remember to the second.
func sameEnd(got session.Entry, want time.Time) bool {
	if got.Kind == session.KindToken {
		return got.Until.Equal(want)
	}
	return !got.Until.Before(want) && got.Until.Sub(want) <= time.Minute
}

// tokenEnd returns the exp of an access token that is minted now.
func (k *kit) tokenEnd() time.Time { return k.clock.Now().Add(tokenTTL) }

// tokenEndIn returns the exp of an access token that is minted now by a node with other settings.
// The clock moves past it when the case ends, so that no other case hears of it.
func (k *kit) tokenEndIn(d time.Duration) time.Time {
	end := k.clock.Now().Add(d)
	if end.After(k.latest) {
		k.latest = end
	}
	return end
}

// until returns the Entry.Until of a revocation made now by a caller who knows tokenEnd.
func (k *kit) until() time.Time { return roundUp(k.tokenEnd()) }

func roundUp(t time.Time) time.Time {
	whole := t.Truncate(time.Second)
	if whole.Before(t) {
		whole = whole.Add(time.Second)
	}
	return whole
}

func (k *kit) must(what string, err error) {
	if err != nil {
		k.failf("%s: %w", what, err)
	}
}

// parallel runs f(0) to f(n-1) at once and joins their errors.
func parallel(n int, f func(i int) error) error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errors.Join(errs...)
}
