package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// The keys of a slot move one after the other, in whatever order. One and the same session is
// refreshed, confirmed and checked before the first one, between any two, and at the end.
func TestASessionLivesThroughAMoveInAnyOrder(t *testing.T) {
	t.Parallel()
	orders := [][]int{
		{hashKey, logKey, sessionKeys, listKeys}, {hashKey, listKeys, sessionKeys, logKey},
		{logKey, sessionKeys, listKeys, hashKey}, {logKey, hashKey, listKeys, sessionKeys},
		{sessionKeys, listKeys, hashKey, logKey}, {sessionKeys, logKey, hashKey, listKeys},
		{listKeys, hashKey, logKey, sessionKeys}, {listKeys, sessionKeys, logKey, hashKey},
	}
	all := newMoving(t, len(orders))
	for shard, order := range orders {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			w := all.at(t, shard)
			life := &life{moving: w, one: w.user(1)[0], epoch: w.epoch()}
			m := w.begin()
			life.live(0)
			moved := 0
			for _, kind := range order {
				w.take(m, kind)
				moved |= kind
				life.live(moved)
			}
			w.end(m)
			life.live(allKinds)
			if err := w.scored(w.patient, life.one.ID); err != nil {
				t.Error(err)
			}
			w.revoke(session.Revocation{Kind: session.KindSession, ID: life.one.ID})
			if err := errors.Join(w.unlisted(life.one), lists(w.patient, life.one.Subject)); err != nil {
				t.Error(err)
			}
		})
	}
}

// life is a session in use. Its generation is what the client holds.
type life struct {
	*moving
	one   session.Session
	epoch string
}

// live uses the session in all ways. Only the refresh may be unavailable, if its keys are not
// together.
func (l *life) live(moved int) {
	l.t.Helper()
	ctx := context.Background()
	const needs = hashKey | logKey | sessionKeys
	store, together := l.brisk, moved&needs == 0 || moved&needs == needs
	if together {
		store = l.patient
	}
	rotation := rotationOf(l.one.ID, l.one.Generation)
	rotation.IdleTTL += time.Duration(l.one.Generation) * time.Minute // so that its place in the list changes
	r, err := store.Rotate(ctx, rotation)
	switch {
	case err == nil && (r.Outcome == session.OutcomeAdvanced || r.Outcome == session.OutcomeRetried):
		l.one = r.Session
	case together || !errors.Is(err, session.ErrUnavailable):
		l.t.Errorf("refresh: outcome %d, %v", r.Outcome, err)
	}
	if err := l.patient.Confirm(ctx, []session.Use{{ID: l.one.ID, Generation: l.one.Generation}}); err != nil {
		l.t.Errorf("confirm: %v", err)
	}
	one, err := l.patient.Get(ctx, l.one.ID)
	if err != nil || one.Generation < l.one.Generation || one.Generation == l.one.Generation && !one.Confirmed {
		l.t.Errorf("get: %+v, %v; want generation %d, confirmed", one, err, l.one.Generation)
	}
	if err := errors.Join(checks(l.patient, l.one, session.TokenID{}, nil), lists(l.patient, l.one.Subject, l.one.ID)); err != nil {
		l.t.Error(err)
	}
	if epoch := l.moving.epoch(); epoch != l.epoch {
		l.t.Errorf("the epoch is %q, want %q", epoch, l.epoch)
	}
}

// "End everything" has one step a shard. It says that it is done only if each has happened.
func TestEndingEverythingWhileASlotMoves(t *testing.T) {
	t.Parallel()
	all := newMoving(t, 4)
	for shard, moved := range []int{0, hashKey, hashKey | logKey, allKinds} {
		t.Run(fmt.Sprintf("moved=%04b", moved), func(t *testing.T) {
			w := all.at(t, shard)
			if err := w.patient.Ping(context.Background()); err != nil { // opens all shards
				t.Fatal(err)
			}
			one := w.user(1)[0]
			m := w.begin()
			w.take(m, moved)
			s, together := w.brisk, moved != hashKey
			if together {
				s = w.patient
			}
			_, err := s.Revoke(context.Background(), session.Revocation{Kind: session.KindAll, Until: time.Now().Add(retain)})
			switch {
			case together && err != nil, err != nil && !errors.Is(err, session.ErrUnavailable):
				t.Errorf("%v", err)
			case err == nil:
				err = errors.Join(checks(w.patient, one, session.TokenID{}, session.ErrRevoked), gets(w.patient, one.ID, session.ErrNotFound))
				if err != nil {
					t.Errorf("it was said to be done: %v", err)
				}
			}
			w.end(m)
			if err == nil {
				err = errors.Join(checks(w.patient, one, session.TokenID{}, session.ErrRevoked), rotates(w.patient, one.ID, 1, session.OutcomeGone))
				if err != nil {
					t.Errorf("after the move: %v", err)
				}
			}
		})
	}
}
