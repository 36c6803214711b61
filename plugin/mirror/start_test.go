package mirror_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// letsNothingPass expects that a node refuses all these sessions, or does not know, until it is
// in step and for a while after.
func letsNothingPass(t *testing.T, r *mirror.Mirror, probes []session.Probe) {
	t.Helper()
	began := time.Now()
	look := func() {
		t.Helper()
		if n := countPassed(t, r, probes); n > 0 && r.Ready() {
			t.Fatalf("%d of %d revoked sessions pass through a node in step, %v after the loss", n, len(probes), time.Since(began))
		}
	}
	eventually(t, "the new node is in step", func() bool { look(); return r.Ready() })
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		look()
	}
}

// The new node's wait begins with the store's first answer, and begins again with the first
// answer after a loss, even if the log could not be read before.
func TestNodeWhoseFirstReadFailsWaitsAgainAfterALoss(t *testing.T) {
	t.Parallel()
	living := behindFaults(memstore.New())
	old := ready(t, living, lively())
	probes := knownRevocations(t, old, 100)
	starting := behindFaults(living.inner)
	starting.noRead = true
	fresh := open(t, starting, lively())
	time.Sleep(time.Second) // twice as long as a new node waits
	empty := memstore.New()
	starting.set(func(f *faulty) { f.inner, f.noRead = empty, false })
	time.Sleep(150 * time.Millisecond) // a heartbeat of the living node, and its call
	living.set(func(f *faulty) { f.inner = empty })
	letsNothingPass(t, fresh, probes)
}

// A name moves to a server without the data. The living node's connections go on to the old
// server for as long as its doubt says, and the new node's lead to the new one at once.
func TestNewNodeWaitsForThoseWhoNoticeAMoveLate(t *testing.T) {
	t.Parallel()
	const doubt = time.Second
	living := behindFaults(memstore.New())
	old := ready(t, doubtful{living, doubt}, lively())
	probes := knownRevocations(t, old, 100)
	empty := memstore.New()
	fresh := open(t, doubtful{behindFaults(empty), doubt}, lively())
	time.Sleep(doubt)
	living.set(func(f *faulty) { f.inner = empty })
	letsNothingPass(t, fresh, probes)
}
