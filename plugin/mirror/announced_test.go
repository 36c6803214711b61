package mirror

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
)

// A node that can still follow a shard but no longer announce itself, because the shard of the
// roster is down or out of reach, must not let tokens pass when the roster has forgotten it: the
// barrier would not wait for it.
func TestTrustEndsWithTheAnnouncement(t *testing.T) {
	start := time.Now()
	m := &Mirror{start: start, roster: memstore.New(), o: Options{MaxStaleness: 5 * time.Second, Heartbeat: 500 * time.Millisecond}}
	m.o.Now = func() time.Time { return start }
	sh := newShard(m, 0)
	sh.loaded, sh.calm, sh.whole = true, start.Add(-time.Hour), never
	const listed = 6 * time.Second
	m.known(listed)
	sh.prove(proof{counts: listed - time.Millisecond, asked: start})
	if !sh.trusts(listed - 1) {
		t.Error("a listed node with a proof does not trust its copy")
	}
	if sh.trusts(listed) {
		t.Error("a node trusts its copy although no barrier waits for it any more")
	}
	sh.prove(proof{asked: start})
	if sh.trusts(5 * time.Second) {
		t.Error("a proof counts for longer than MaxStaleness")
	}
}
