//go:build unix

package redistest

import (
	"context"
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"
)

// SlotMove is a slot on its way from one master of a Cluster to another. Between its steps a
// test can look at the store in the middle of a move. The steps fail the test on errors.
type SlotMove struct {
	Slot     int
	From, To *Process

	t   testing.TB
	rig *ClusterRig
}

// Slot returns the slot of a key.
func (r *ClusterRig) Slot(t testing.TB, key string) int {
	t.Helper()
	slot, err := r.Client(t, nil).ClusterKeySlot(context.Background(), key).Result()
	if err != nil {
		t.Fatal(err)
	}
	return int(slot)
}

// Move begins to move the slot of a key: the source is MIGRATING and the target IMPORTING, and
// no key has moved yet.
func (r *ClusterRig) Move(t testing.TB, key string, to *Process) *SlotMove {
	t.Helper()
	m := &SlotMove{Slot: r.Slot(t, key), From: r.MasterOf(t, key), To: to, t: t, rig: r}
	source, target := m.id(m.From), m.id(to)
	m.do(to, "CLUSTER", "SETSLOT", m.Slot, "IMPORTING", source)
	m.do(m.From, "CLUSTER", "SETSLOT", m.Slot, "MIGRATING", target)
	return m
}

// Keys returns up to n keys of the slot that are still at the source.
func (m *SlotMove) Keys(n int) []string {
	m.t.Helper()
	c := redis.NewClient(&redis.Options{Addr: m.From.Addr()})
	defer c.Close()
	keys, err := c.ClusterGetKeysInSlot(context.Background(), m.Slot, n).Result()
	if err != nil {
		m.t.Fatalf("redistest: slot %d: %v", m.Slot, err)
	}
	return keys
}

// Take moves keys to the target.
func (m *SlotMove) Take(keys ...string) {
	m.t.Helper()
	if len(keys) == 0 {
		return
	}
	arguments := []any{"MIGRATE", host, m.To.Port, "", 0, startTimeout.Milliseconds(), "KEYS"}
	for _, key := range keys {
		arguments = append(arguments, key)
	}
	m.do(m.From, arguments...)
}

// End moves what is left and gives the slot to the target.
func (m *SlotMove) End() {
	m.t.Helper()
	for keys := m.Keys(100); len(keys) > 0; keys = m.Keys(100) {
		m.Take(keys...)
	}
	target := m.id(m.To)
	m.do(m.To, "CLUSTER", "SETSLOT", m.Slot, "NODE", target)
	m.do(m.From, "CLUSTER", "SETSLOT", m.Slot, "NODE", target)
}

// InPieces moves the slot, n keys at a time. It calls between before the first piece, between
// two pieces, and before the end, with the number of keys that it has moved.
func (m *SlotMove) InPieces(n int, between func(moved int)) {
	m.t.Helper()
	moved := 0
	for keys := m.Keys(n); ; keys = m.Keys(n) {
		between(moved)
		if len(keys) == 0 {
			break
		}
		m.Take(keys...)
		moved += len(keys)
	}
	m.End()
}

func (m *SlotMove) id(p *Process) string {
	m.t.Helper()
	id, err := nodeID(context.Background(), p)
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

// do sends a command to one node. MIGRATE answers NOKEY, which is no error, if all its keys have
// expired.
func (m *SlotMove) do(p *Process, arguments ...any) {
	m.t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), ReadTimeout: 2 * startTimeout})
	defer c.Close()
	if err := c.Do(context.Background(), arguments...).Err(); err != nil {
		m.t.Fatalf("redistest: slot %d: %s: %v", m.Slot, fmt.Sprint(arguments...), err)
	}
}
