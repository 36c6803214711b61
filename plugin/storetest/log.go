package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var logCases = []Case{
	newCase("the log is read from anywhere, in steps, in order", logPaging),
	newCase("a waiting reader wakes up", logWakes),
	newCase("a reader gets nothing when its wait ends without an entry", logNoNews),
	newCase("the state of the log is correct", logState),
	newCase("the log remembers until the last token has expired", logRemembers),
	newCase("the log holds an entry for Afterlife beyond its Until", logAfterlife),
	newCase("Until is rounded up to the second", logRounds),
}

// revokeSome revokes n sessions in shard 0 that the store never had.
func (k *kit) revokeSome(n int) []session.ID {
	ids := make([]session.ID, 0, n)
	for range n {
		id := session.NewID(k.clock.Now(), 0)
		k.revoke(session.Revocation{Kind: session.KindSession, ID: id}, 0)
		ids = append(ids, id)
	}
	return ids
}

func (k *kit) read(after session.Position, limit int) ([]session.ID, session.Position) {
	entries, next, err := k.store.Read(k.ctx, 0, after, limit, 0)
	k.must("Read", err)
	if len(entries) > limit {
		k.failf("Read returned %d entries, limit %d", len(entries), limit)
	}
	ids := make([]session.ID, 0, len(entries))
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids, next
}

func logPaging(k *kit) {
	const n = 10
	mark := k.mark(0)
	want := k.revokeSome(n)
	positions := []session.Position{mark}
	for i, at := 0, mark; i < n; i++ {
		ids, next := k.read(at, 1)
		if len(ids) != 1 || ids[0] != want[i] {
			k.failf("entry %d is %v, want %v", i, ids, want[i])
		}
		if !at.Before(next) {
			k.failf("entry %d: position %v does not come after %v", i, next, at)
		}
		positions, at = append(positions, next), next
	}
	for i, at := range positions {
		for _, limit := range []int{1, 3, n, 10 * n} {
			ids, next := k.read(at, limit)
			end := min(i+limit, n)
			if !slices.Equal(ids, want[i:end]) || next != positions[end] {
				k.failf("from position %d, limit %d: %d entries up to %v, want %d up to %v",
					i, limit, len(ids), next, end-i, positions[end])
			}
		}
	}
	all := k.since(0, session.Position{}) // other cases may have written entries before
	if len(all) < n {
		k.failf("%d entries from the start, want at least %d", len(all), n)
	}
	for i, e := range all[len(all)-n:] {
		if e.ID != want[i] {
			k.failf("from the start, entry %d is %v, want %v", i, e.ID, want[i])
		}
	}
}

// wakeBound is the longest time until a waiting reader receives a revocation.
const wakeBound = 2 * time.Second

func logWakes(k *kit) {
	for range 3 {
		mark := k.mark(0)
		id := session.NewID(k.clock.Now(), 0)
		type news struct {
			at  time.Time
			err error
		}
		heard := make(chan news, 1)
		go func() {
			err := k.waitFor(mark, id)
			heard <- news{time.Now(), err}
		}()
		time.Sleep(20 * time.Millisecond) // gives the reader time to wait; the result does not depend on it
		revoked := time.Now()
		k.revoke(session.Revocation{Kind: session.KindSession, ID: id}, 0)
		n := <-heard
		k.must("waiting", n.err)
		if took := n.at.Sub(revoked); took > wakeBound {
			k.failf("a waiting reader received the entry after %v", took)
		}
	}
}

// waitFor follows the log, as a node does, until an entry names the session.
func (k *kit) waitFor(after session.Position, id session.ID) error {
	for end := time.Now().Add(2 * wakeBound); time.Now().Before(end); {
		entries, next, err := k.store.Read(k.ctx, 0, after, 10, wakeBound+time.Second)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(entries, func(e session.Entry) bool { return e.ID == id }) {
			return nil
		}
		after = next
	}
	return fmt.Errorf("nothing heard in %v", 2*wakeBound)
}

func logNoNews(k *kit) {
	k.revokeSome(1)
	last := k.mark(0)
	for _, wait := range []time.Duration{0, 50 * time.Millisecond} {
		began := time.Now()
		entries, next, err := k.store.Read(k.ctx, 0, last, 10, wait)
		k.must("Read", err)
		if len(entries) != 0 || next != last {
			k.failf("wait %v: %d entries, position %v, want none and %v", wait, len(entries), next, last)
		}
		if took := time.Since(began); took > wait+wakeBound {
			k.failf("wait %v took %v", wait, took)
		}
	}
}

func logState(k *kit) {
	n := k.store.Shards()
	if n < 1 || n > 256 {
		k.failf("%d shards", n)
	}
	for shard := range n {
		if now := k.state(shard).Now; !now.Equal(k.clock.Now()) {
			k.failf("shard %d: Now = %v, the clock says %v", shard, now, k.clock.Now())
		}
	}
	for _, shard := range []int{-1, n} {
		if _, err := k.store.State(k.ctx, shard); err == nil {
			k.failf("shard %d of %d has a state", shard, n)
		}
		if _, _, err := k.store.Read(k.ctx, shard, session.Position{}, 1, 0); err == nil {
			k.failf("shard %d of %d was read", shard, n)
		}
		if err := k.store.Restore(k.ctx, shard, nil); err == nil {
			k.failf("shard %d of %d was restored", shard, n)
		}
	}
	k.revokeSome(1)
	before := k.state(0)
	if before.Epoch == "" {
		k.failf("the log has entries but no epoch")
	}
	k.clock.Advance(time.Second)
	k.revokeSome(3)
	after := k.state(0)
	if after.Epoch != before.Epoch || after.Server != before.Server {
		k.failf("epoch %q, server %q became %q, %q for no reason", before.Epoch, before.Server, after.Epoch, after.Server)
	}
	if !before.Last.Before(after.Last) || after.Length < 3 || after.Last.Before(after.Trimmed) {
		k.failf("after three more entries, %+v became %+v", before, after)
	}
	if _, next := k.read(before.Last, 10); next != after.Last {
		k.failf("the log ends at %v, State says %v", next, after.Last)
	}
}

func logRemembers(k *kit) { k.remembers(0) }

func logAfterlife(k *kit) { k.remembers(session.Afterlife) }

// remembers expects that the log holds an entry until a moment after its Until.
func (k *kit) remembers(after time.Duration) {
	mark := k.mark(0)
	want := k.revokeSome(1)[0]
	until := k.until()
	k.clock.AdvanceTo(until.Add(after - tick))
	k.revokeSome(3) // appending trims the log
	ids, _ := k.read(mark, 100)
	if !slices.Contains(ids, want) {
		k.failf("a millisecond before %v after its Until the entry is not in the log", after)
	}
	if trimmed := k.state(0).Trimmed; mark.Before(trimmed) {
		k.failf("trimmed up to %v, which is after %v", trimmed, mark)
	}
	k.revoke(session.Revocation{Kind: session.KindSession, ID: want}, 0)
	if again, _ := k.read(mark, 100); !slices.Equal(again, ids) {
		k.failf("an entry that the log still holds was logged again")
	}
}

func logRounds(k *kit) {
	sess := k.login(k.subject())
	shard := k.shardOf(sess.Subject)
	k.clock.AdvanceTo(roundUp(k.clock.Now()))
	for _, step := range []time.Duration{0, tick, 498 * time.Millisecond, tick, 499 * time.Millisecond, tick} {
		k.clock.Advance(step)
		for _, left := range []time.Duration{time.Second, 1500 * time.Millisecond, time.Hour} {
			mark := k.mark(shard)
			r := session.Revocation{Kind: session.KindToken, ID: sess.ID, Token: session.NewTokenID(), Until: k.clock.Now().Add(left)}
			_, err := k.store.Revoke(k.ctx, r)
			k.must("Revoke", err)
			k.logged(shard, mark, session.Entry{
				Kind: session.KindToken, ID: r.ID, Token: r.Token, Shard: uint8(shard), Until: roundUp(r.Until),
			})
		}
	}
}
