package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// The kinds of keys that decide how a Cluster runs a step while it moves their slot.
const (
	hashKey = 1 << iota
	logKey
	sessionKeys
	listKeys
	allKinds = 1<<iota - 1

	always = 0            // the step works wherever the keys are
	never  = allKinds + 1 // the step needs a key that does not exist, which a Cluster may refuse
)

// moving is a Cluster with a slot on its way. Its two stores differ in how long they try.
type moving struct {
	t       *testing.T
	rig     *redistest.ClusterRig
	rdb     redis.UniversalClient
	patient *redisstore.Store
	brisk   *redisstore.Store
	shard   uint8
	names   int
}

func newMoving(t *testing.T, shards int) *moving {
	t.Helper()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis has no slots to move")
	}
	rdb := rig.Client(t, tunePatiently)
	w := &moving{t: t, rig: rig, rdb: rdb}
	w.patient = newStore(t, rdb, redisstore.Options{Shards: shards, Timeout: patience, ConnLife: 4 * patience})
	w.brisk = newStore(t, rdb, redisstore.Options{Shards: shards, Timeout: 20 * time.Millisecond, ConnLife: 4 * patience})
	return w
}

// at returns the same Cluster with another shard in view.
func (w *moving) at(t *testing.T, shard int) *moving {
	other := *w
	other.t, other.shard = t, uint8(shard)
	return &other
}

func (w *moving) base() string { return fmt.Sprintf("ginauth:{%d}:", w.shard) }

// subject returns a new subject of the shard.
func (w *moving) subject() string {
	for {
		w.names++
		name := fmt.Sprintf("user-%d-%d", w.shard, w.names)
		if session.ShardOf(name, w.patient.Shards()) == w.shard {
			return name
		}
	}
}

// begin starts to move the shard's slot to a master that does not have it.
func (w *moving) begin() *redistest.SlotMove {
	w.t.Helper()
	from := w.rig.MasterOf(w.t, w.base())
	to := w.rig.Nodes[(slices.Index(w.rig.Nodes, from)+1)%3]
	return w.rig.Move(w.t, w.base(), to)
}

// take moves the keys of some kinds.
func (w *moving) take(m *redistest.SlotMove, kinds int) {
	w.t.Helper()
	for i, part := range []string{"shard", "log", "s:", "l:"} {
		if kinds&(1<<i) == 0 {
			continue
		}
		var keys []string
		for _, key := range m.Keys(10_000) {
			if strings.HasPrefix(key, w.base()+part) {
				keys = append(keys, key)
			}
		}
		m.Take(keys...)
	}
}

// end ends the move, and fails if a key is left at the old master.
func (w *moving) end(m *redistest.SlotMove) {
	w.t.Helper()
	m.End()
	if left := m.Keys(10); len(left) > 0 {
		w.t.Errorf("after the move the old master still has %v", left)
	}
}

func (w *moving) epoch() string {
	w.t.Helper()
	st, err := w.patient.State(context.Background(), int(w.shard))
	if err != nil {
		w.t.Errorf("State: %v", err)
	}
	return st.Epoch
}

// In whatever place each key is: a verb is right, or ErrUnavailable. What needs no two keys goes
// on all the time, and what needs only keys that are together. Afterwards all that was
// acknowledged holds.
func TestWhileASlotMovesEachVerbIsRightOrUnavailable(t *testing.T) {
	t.Parallel()
	all := newMoving(t, allKinds+1)
	for shard := range allKinds + 1 {
		moved := shard ^ (hashKey | sessionKeys) // shard 0, with the roster, in the middle of its move
		t.Run(fmt.Sprintf("moved=%04b", moved), func(t *testing.T) {
			w := all.at(t, shard)
			steps := w.prepare()
			epoch := w.epoch()
			m := w.begin()
			w.take(m, moved)
			refused := 0
			for i := range steps {
				if !steps[i].try(w, moved) {
					refused++
				}
			}
			if now := w.epoch(); now != epoch {
				t.Errorf("during the move the epoch is %q, want %q", now, epoch)
			}
			w.end(m)
			for _, s := range steps {
				s.finish(w)
			}
			for _, s := range w.prepare() {
				s.try(w, 0)
				s.finish(w)
			}
			if now := w.epoch(); now != epoch {
				t.Errorf("after the move the epoch is %q, want %q", now, epoch)
			}
			t.Logf("%d of %d verbs were unavailable", refused, len(steps))
		})
	}
}

// step is one call of a verb in the middle of a move.
type step struct {
	name  string
	needs int // the kinds of keys that must be in one place, or always, or never
	// do makes the call. It returns nil if the answer is right, also if the call comes again
	// after it was unavailable.
	do    func(s *redisstore.Store, again bool) error
	holds func(s *redisstore.Store) error // what is true for good once do has returned nil; nil: as do

	done bool
}

// try makes the call in the middle of a move. It returns false if the answer was ErrUnavailable.
func (s *step) try(w *moving, moved int) bool {
	w.t.Helper()
	together := s.needs == always || s.needs&^allKinds == 0 && (moved&s.needs == 0 || moved&s.needs == s.needs)
	store := w.brisk
	if together {
		store = w.patient
	}
	err := s.do(store, false)
	switch {
	case err == nil:
		s.done = true
	case together || !errors.Is(err, session.ErrUnavailable):
		w.t.Errorf("%s: %v", s.name, err)
		s.done = true
	}
	return err == nil
}

// finish looks at the result after the move.
func (s *step) finish(w *moving) {
	w.t.Helper()
	if !s.done {
		if err := s.do(w.patient, true); err != nil {
			w.t.Errorf("after the move: %s: %v", s.name, err)
		}
	}
	if s.holds == nil {
		return
	}
	if err := s.holds(w.patient); err != nil {
		w.t.Errorf("after the move, %s does not hold: %v", s.name, err)
	}
}
