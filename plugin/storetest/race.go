package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/session"
)

var raceCases = []Case{
	newCase("a thousand parallel refreshes of one token advance once", thousandRefreshes),
	newCase("parallel refreshes without grace have at most one winner", strictRefreshes),
	newCase("revoke racing refresh leaves nothing alive", revokeRacesRefresh),
	newCase("all verbs at once", allAtOnce),
}

func thousandRefreshes(k *kit) {
	const n = 1000
	sess := k.login(k.subject())
	mark := k.mark(k.shardOf(sess.Subject))
	var outcomes [session.OutcomeAhead + 1]atomic.Int64
	k.must("Rotate", parallel(n, func(int) error {
		got, err := k.store.Rotate(k.ctx, k.rotationOf(sess.ID, 1))
		if err != nil {
			return err
		}
		if got.Session.Generation != 2 {
			return fmt.Errorf("outcome %d at generation %d, want 2", got.Outcome, got.Session.Generation)
		}
		outcomes[got.Outcome].Add(1)
		return nil
	}))
	advanced, retried := outcomes[session.OutcomeAdvanced].Load(), outcomes[session.OutcomeRetried].Load()
	if advanced != 1 || retried != n-1 {
		k.failf("%d advances and %d retries, want 1 and %d", advanced, retried, n-1)
	}
	sess.Generation = 2
	k.alive("refreshed a thousand times at once", sess)
	k.logged(k.shardOf(sess.Subject), mark)
}

func strictRefreshes(k *kit) {
	sess := k.login(k.subject())
	var winners atomic.Int64
	k.must("Rotate", parallel(16, func(int) error {
		r := k.rotationOf(sess.ID, 1)
		r.Grace = 0
		got, err := k.store.Rotate(k.ctx, r)
		if got.Outcome == session.OutcomeAdvanced {
			winners.Add(1)
		}
		return err
	}))
	// There is no winner if the reuse is detected before the winner gets its reply.
	if n := winners.Load(); n > 1 {
		k.failf("%d winners, want at most 1", n)
	}
	sess.Generation = 2
	k.dead("presented 16 times", sess)
}

// revokeRacesRefresh expects a dead session after both have returned, in whichever order they
// ran.
func revokeRacesRefresh(k *kit) {
	const workers = 16
	total := int64(k.interleavings)
	if total == 0 {
		total = 10_000
	}
	var next atomic.Int64
	k.must("racing", parallel(workers, func(int) error {
		for i := next.Add(1); i <= total; i = next.Add(1) {
			if err := k.raceOnce(i); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (k *kit) raceOnce(i int64) error {
	subject := k.subject()
	created, err := k.store.Create(k.ctx, k.loginOf(subject))
	if err != nil {
		return err
	}
	id := created.Session.ID
	r := session.Revocation{Kind: session.KindSession, ID: id, Until: k.tokenEnd()}
	if i%4 == 0 {
		r = session.Revocation{Kind: session.KindSubject, Subject: subject, Until: k.tokenEnd()}
	}
	err = parallel(2, func(who int) error {
		if who == 0 {
			_, err := k.store.Revoke(k.ctx, r)
			return err
		}
		_, err := k.store.Rotate(k.ctx, k.rotationOf(id, 1))
		return err
	})
	if err != nil {
		return err
	}
	err = k.store.Check(k.ctx, session.Probe{ID: id, Token: session.NewTokenID(), Subject: subject, Strict: true})
	if !errors.Is(err, session.ErrRevoked) {
		return fmt.Errorf("race %d: Check does not refuse: %w", i, orNone(err))
	}
	if i%2 == 0 {
		if _, err := k.store.Get(k.ctx, id); !errors.Is(err, session.ErrNotFound) {
			return fmt.Errorf("race %d: Get does not refuse: %w", i, orNone(err))
		}
		return nil
	}
	for n := uint32(1); n <= 2; n++ {
		got, err := k.store.Rotate(k.ctx, k.rotationOf(id, n))
		if err != nil {
			return err
		}
		if got.Outcome != session.OutcomeGone {
			return fmt.Errorf("race %d: generation %d has outcome %d, want %d", i, n, got.Outcome, session.OutcomeGone)
		}
	}
	return nil
}

var errNone = errors.New("no error")

// orNone returns err, or for nil an error that can be shown in a message.
func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

// allAtOnce exercises the store under the race detector, and finds stores that return an error
// which is not one of package session.
func allAtOnce(k *kit) {
	subject := k.subject()
	c := k.loginOf(subject)
	c.Limit = 8
	c.Claims = []byte("claims")
	k.must("all at once", parallel(8, func(who int) error {
		for i := range 20 {
			if err := k.oneOfEach(c, who, i); err != nil {
				return fmt.Errorf("worker %d, round %d: %w", who, i, err)
			}
		}
		return nil
	}))
	if n := len(k.list(subject)); n > c.Limit {
		k.failf("%d sessions, limit %d", n, c.Limit)
	}
	k.revoke(session.Revocation{Kind: session.KindSubject, Subject: subject}, len(k.list(subject)))
	if n := len(k.list(subject)); n != 0 {
		k.failf("%d sessions after the last revocation", n)
	}
}

func (k *kit) oneOfEach(c session.Create, who, i int) error {
	created, err := k.store.Create(k.ctx, c)
	if err != nil {
		return err
	}
	id := created.Session.ID
	shard := int(id.Shard())
	_, rotateErr := k.store.Rotate(k.ctx, k.rotationOf(id, 1))
	confirmErr := k.store.Confirm(k.ctx, []session.Use{{ID: id, Generation: 2}})
	var revokeErr error
	if i%5 == 0 {
		_, revokeErr = k.store.Revoke(k.ctx, session.Revocation{
			Kind: session.Kind(who%3 + 1), ID: id, Token: session.NewTokenID(), Subject: c.Subject, Until: k.tokenEnd(),
		})
	}
	checkErr := k.store.Check(k.ctx, session.Probe{ID: id, Token: session.NewTokenID(), Subject: c.Subject})
	_, getErr := k.store.Get(k.ctx, id)
	_, listErr := k.store.List(k.ctx, c.Subject)
	entries, _, readErr := k.store.Read(k.ctx, shard, session.Position{}, 5, 0)
	_, stateErr := k.store.State(k.ctx, shard)
	restoreErr := k.store.Restore(k.ctx, shard, entries)
	return errors.Join(rotateErr, confirmErr, revokeErr, expected(checkErr), expected(getErr), listErr, readErr, stateErr, restoreErr)
}

// expected returns nil for the errors of a session that has ended.
func expected(err error) error {
	if errors.Is(err, session.ErrRevoked) || errors.Is(err, session.ErrNotFound) {
		return nil
	}
	return err
}
