package mirror_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// pair is a store of two shards. The second one is another store's log, which may move to
// another server.
type pair struct {
	*memstore.Store
	second *memstore.Store
	moved  atomic.Bool
}

func (p *pair) Shards() int { return 2 }

func (p *pair) shard(n int) *memstore.Store {
	if n == 0 {
		return p.Store
	}
	return p.second
}

func (p *pair) State(ctx context.Context, shard int) (session.LogState, error) {
	st, err := p.shard(shard).State(ctx, 0)
	if shard == 1 && p.moved.Load() {
		st.Server = "another"
	}
	return st, err
}

func (p *pair) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	return p.shard(shard).Read(ctx, 0, after, limit, wait)
}

func (p *pair) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	return p.shard(shard).Restore(ctx, 0, entries)
}

func (p *pair) Revoke(ctx context.Context, rev session.Revocation) (int, error) {
	n, err := p.Store.Revoke(ctx, rev)
	if err == nil && rev.Kind != session.KindSession {
		_, err = p.second.Revoke(ctx, rev)
	}
	return n, err
}

// A slot of a Cluster moves, and with it one shard.
func TestAShardThatMovesLeavesTheOthersInStep(t *testing.T) {
	s := &pair{Store: memstore.New(), second: memstore.New()}
	r := ready(t, s, lively())
	j := journalOf(r)
	v := newVictims(t, r)
	v.revoke(t, r)
	s.moved.Store(true)
	eventually(t, "the moved shard is read again", func() bool {
		if st := r.Status().Shards[0].State; st != mirror.InStep {
			t.Fatalf("the other shard is %v", st)
		}
		return errors.Is(r.Status().Shards[1].Cause, mirror.ErrServerChanged)
	})
	eventually(t, "in step again", r.Ready)
	if r.Status().Shards[0].Cause != nil || j.has(func(n session.Notice) bool { return n.Shard == 0 && n.Kind != session.NoticeInStep }) {
		t.Errorf("notices of the other shard: %+v", j.all())
	}
	second := newVictims(t, r)
	second.revoke(t, s)
	eventually(t, "the other shard is followed", func() bool { return second.dead(t, r) })
}

// While a slot moves, the waiting read stays silent at the old server. The heartbeat asks the new
// one, and so revocations go on being heard within about a heartbeat.
func TestSilentReadDelaysARevocationByAboutAHeartbeat(t *testing.T) {
	f := behindFaults(memstore.New())
	f.deaf = true
	const heartbeat = 200 * time.Millisecond
	r := ready(t, f, mirror.Options{MaxStaleness: time.Minute, Heartbeat: heartbeat})
	var took time.Duration
	const tries = 5
	for range tries {
		began := time.Now()
		p := knownRevocations(t, f, 1)[0]
		eventually(t, "it is heard", func() bool { return refused(t, r, p) })
		took += time.Since(began)
	}
	t.Logf("heard after %v on average", took/tries)
	if took/tries > 2*heartbeat { // half a heartbeat to be asked, and 100 ms of silence
		t.Error("that is more than two heartbeats")
	}
}

// A login began before a revocation of its subject.
func TestAnOvertakenLoginIsToldSo(t *testing.T) {
	r := ready(t, memstore.New(), quick())
	c := creation(r, "alice")
	c.Began = r.Now()
	revoke(t, r, session.Revocation{Kind: session.KindSubject, Subject: "alice"})
	if _, err := r.Create(t.Context(), c); !errors.Is(err, session.ErrOvertaken) {
		t.Errorf("Create: %v, want ErrOvertaken", err)
	}
}
