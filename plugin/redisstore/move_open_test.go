package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// A shard that was never used has no key at all, which looks on both servers as if its keys were
// on the other one.
func TestAShardIsNotOpenedWhileItsSlotMoves(t *testing.T) {
	t.Parallel()
	w := newMoving(t, 4).at(t, 2)
	subject := w.subject()
	ctx := context.Background()
	m := w.begin()
	for _, s := range []error{w.opens(subject), w.opens(subject), w.brisk.Ping(ctx)} {
		if !errors.Is(s, session.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", s)
		}
	}
	if epoch := w.epoch(); epoch != "" {
		t.Errorf("the epoch %q was begun", epoch)
	}
	if n := w.keysAt(m.From.Addr(), m.Slot) + w.keysAt(m.To.Addr(), m.Slot); n != 0 {
		t.Errorf("%d keys were written", n)
	}
	w.end(m)
	one := login(t, w.patient, subject)
	if err := checks(w.patient, one, session.TokenID{}, nil); err != nil {
		t.Error(err)
	}
	if w.epoch() == "" || w.keysAt(m.From.Addr(), m.Slot) != 0 {
		t.Error("after the move the shard was not opened at the new master")
	}
}

// opens tries everything that opens a shard.
func (w *moving) opens(subject string) error {
	_, err := w.brisk.Create(context.Background(), loginOf(subject))
	_, other := w.brisk.Revoke(context.Background(), session.Revocation{Kind: session.KindSubject, Subject: subject})
	if err == nil || other == nil {
		return nil
	}
	return errors.Join(err, other)
}

func (w *moving) keysAt(address string, slot int) int64 {
	w.t.Helper()
	c := redis.NewClient(&redis.Options{Addr: address})
	defer c.Close()
	n, err := c.ClusterCountKeysInSlot(context.Background(), slot).Result()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// A loss of data must show, and not only after the move: until then the shard has no epoch.
// Afterwards it has a new one.
func TestDataThatIsLostDuringAMoveIsMissed(t *testing.T) {
	t.Parallel()
	all := newMoving(t, 4)
	for shard, kinds := range []int{sessionKeys, hashKey, hashKey | logKey, allKinds} {
		t.Run(fmt.Sprintf("moved=%04b", kinds), func(t *testing.T) {
			w := all.at(t, shard)
			one := w.user(1)[0]
			before := w.epoch()
			m := w.begin()
			w.take(m, kinds)
			if err := w.rdb.Del(context.Background(), w.base()+"shard").Err(); err != nil {
				t.Fatal(err)
			}
			if epoch := w.epoch(); epoch != "" {
				t.Errorf("the epoch is %q, although it was deleted", epoch)
			}
			err := rotates(w.brisk, one.ID, 1, session.OutcomeAdvanced)
			if err == nil || !errors.Is(err, session.ErrUnavailable) {
				t.Errorf("refresh: %v, want ErrUnavailable", err)
			}
			if epoch := w.epoch(); epoch != "" {
				t.Errorf("the epoch %q was begun in the middle of a move", epoch)
			}
			w.end(m)
			if err := rotates(w.patient, one.ID, 1, session.OutcomeAdvanced); err != nil {
				t.Error(err)
			}
			if epoch := w.epoch(); epoch == "" || epoch == before {
				t.Errorf("after the move the epoch is %q, before the loss it was %q; want a new one", epoch, before)
			}
		})
	}
}
