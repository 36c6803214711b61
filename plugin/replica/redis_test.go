//go:build unix

package replica_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/replica"
	"github.com/ginauth/ginauth/plugin/session"
)

// onRedis is a store as one node has it: with a client of its own.
func onRedis(t testing.TB, addr string) *redisstore.Store {
	t.Helper()
	s := redisstore.New(redistest.Client(t, addr, redisstore.Tune))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func nodesOn(t testing.TB, addr string, n int, o replica.Options) []*replica.Replica {
	t.Helper()
	nodes := make([]*replica.Replica, n)
	for i := range nodes {
		nodes[i] = open(t, onRedis(t, addr), o)
	}
	for _, r := range nodes {
		eventually(t, "a node is in step", r.Ready)
	}
	return nodes
}

func TestRedisHearsNothingOfTenThousandChecks(t *testing.T) {
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), nil)
	// A slow heartbeat, lest the counts be of that.
	r := ready(t, onRedis(t, server.Addr()), replica.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	sess := login(t, r, "alice")
	if err := rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		if err := r.Check(t.Context(), probe(sess)); err != nil {
			t.Fatal(err)
		}
	}
	stats := rdb.Info(t.Context(), "commandstats").Val()
	for line := range strings.Lines(stats) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":")
		switch strings.TrimSpace(name) {
		case "# Commandstats", "config|resetstat", "info", "xread": // xread: the waiting read
		default:
			t.Errorf("Redis got %s", line)
		}
	}
}

// propagation revokes on node 0 and measures until all others refuse.
func propagation(t testing.TB, nodes []*replica.Replica, rounds int) []time.Duration {
	t.Helper()
	heard := make(chan time.Time, len(nodes))
	for _, r := range nodes[1:] {
		t.Cleanup(r.Subscribe(func(session.Entry) { heard <- time.Now() }))
	}
	took := make([]time.Duration, 0, rounds*(len(nodes)-1))
	for range rounds {
		id := session.NewID(time.Now(), 0)
		began := time.Now()
		revoke(t, nodes[0], session.Revocation{Kind: session.KindSession, ID: id})
		for range nodes[1:] {
			select {
			case at := <-heard:
				took = append(took, at.Sub(began))
			case <-time.After(patience):
				t.Fatal("a node has not heard")
			}
		}
	}
	slices.Sort(took)
	return took
}

func TestRedisEightNodesHearWithinMilliseconds(t *testing.T) {
	nodes := nodesOn(t, redistest.Real(t).Addr(), 8, replica.Options{})
	took := propagation(t, nodes, 300)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("from the call of Revoke to the other nodes: p50 %v, p99 %v, max %v", p50, p99, took[len(took)-1])
	if p99 > 250*time.Millisecond { // the promise is 10 ms on a quiet machine
		t.Errorf("p99 %v", p99)
	}
}

func TestRedisFlushedUnderLoadIsHealed(t *testing.T) {
	const entries = 2000
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), nil)
	nodes := nodesOn(t, server.Addr(), 3, replica.Options{})
	v := newVictims(t, nodes[0])
	v.revoke(t, nodes[0])
	for range entries {
		revoke(t, nodes[0], session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	}
	for _, r := range nodes {
		eventually(t, "all nodes know", func() bool { return r.Status().Entries == entries+3 })
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { // load: somebody logs in, and the revoked ones try
		defer close(done)
		for ctx.Err() == nil {
			_, _ = nodes[1].Create(ctx, session.Create{Subject: "load", IdleTTL: time.Hour, MaxTTL: time.Hour, Retain: retain, Limit: 5})
			for _, r := range nodes {
				for _, p := range v.probes() {
					if err := r.Check(t.Context(), p); !errors.Is(err, session.ErrRevoked) {
						t.Errorf("a revoked token: %v", err)
					}
				}
			}
		}
	}()
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "healed", func() bool { return rdb.XLen(t.Context(), "ginauth:{0}:log").Val() >= entries+3 })
	took := time.Since(began)
	cancel()
	<-done
	t.Logf("%d entries were back after %v", entries+3, took)
	if took > 2*time.Second {
		t.Error("that is more than 2 s")
	}
	fresh := ready(t, onRedis(t, server.Addr()), quick())
	if !v.dead(t, fresh) {
		t.Error("a new node has not heard of it")
	}
	evicted := rdb.XLen(t.Context(), "ginauth:{0}:log").Val() - entries - 3
	t.Logf("%d entries more in the log: what the load ended", evicted)
}

func TestRedisKilledWithItsData(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	nodes := nodesOn(t, server.Addr(), 2, replica.Options{MaxStaleness: time.Second})
	v := newVictims(t, nodes[0])
	v.revoke(t, nodes[0])
	eventually(t, "the other node knows", func() bool { return v.dead(t, nodes[1]) })
	server.Stop()
	for _, r := range nodes {
		eventually(t, "a node goes stale", func() bool { return !r.Ready() })
		if !v.dead(t, r) {
			t.Error("a revoked token came back")
		}
		if err := r.Check(t.Context(), probe(v.spared)); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("a live one: %v, want ErrUnavailable", err)
		}
	}
	server.Restart()
	began := time.Now()
	eventually(t, "the log is whole again", func() bool {
		log, _, err := onRedis(t, server.Addr()).Read(t.Context(), 0, session.Position{}, 100, 0)
		return err == nil && v.holds(log)
	})
	for _, r := range nodes {
		eventually(t, "in step again", r.Ready)
		if !v.dead(t, r) {
			t.Error("a revoked token came back")
		}
	}
	t.Logf("healed %v after the start", time.Since(began))
}

// What a failover to a replica that lagged does: the session is alive again, and the
// log of its revocation gone.
func TestRedisThatWentBackToASnapshot(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), nil)
	nodes := nodesOn(t, server.Addr(), 2, replica.Options{MaxStaleness: time.Second})
	v := newVictims(t, nodes[0])
	if err := rdb.Save(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	v.revoke(t, nodes[0])
	eventually(t, "the other node knows", func() bool { return v.dead(t, nodes[1]) })
	server.Restart()
	store := onRedis(t, server.Addr())
	eventually(t, "the store itself refuses again", func() bool { return v.dead(t, store) })
	v.othersLive(t, store)
	for _, r := range nodes {
		eventually(t, "in step again", r.Ready)
		if !v.dead(t, r) {
			t.Error("a revoked token came back")
		}
		v.othersLive(t, r)
	}
}

func TestRedisPaused(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	nodes := nodesOn(t, server.Addr(), 2, replica.Options{MaxStaleness: time.Second})
	v := newVictims(t, nodes[0])
	v.revoke(t, nodes[0])
	eventually(t, "the other node knows", func() bool { return v.dead(t, nodes[1]) })
	server.Pause()
	began := time.Now()
	eventually(t, "all go stale", func() bool { return !nodes[0].Ready() && !nodes[1].Ready() })
	if took := time.Since(began); took > 1200*time.Millisecond {
		t.Errorf("stale after %v, want at most 1 s", took)
	}
	if err := nodes[1].Check(t.Context(), probe(v.spared)); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("a live one: %v, want ErrUnavailable", err)
	}
	if !v.dead(t, nodes[1]) {
		t.Error("a revoked token came back")
	}
	server.Resume()
	began = time.Now()
	for _, r := range nodes {
		eventually(t, "in step again", r.Ready)
		v.othersLive(t, r)
	}
	t.Logf("in step %v after it went on", time.Since(began))
	second := newVictims(t, nodes[0])
	second.revoke(t, nodes[0])
	eventually(t, "the feed works", func() bool { return second.dead(t, nodes[1]) })
}

func TestRedisEverywhere(t *testing.T) {
	t.Parallel()
	nodes := nodesOn(t, redistest.Real(t).Addr(), 4, replica.Options{})
	var took []time.Duration
	for range 10 {
		v := newVictims(t, nodes[0])
		v.revoke(t, nodes[0])
		began := time.Now()
		if err := nodes[0].Everywhere(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
		for _, r := range nodes {
			if !v.dead(t, r) {
				t.Error("a node does not refuse")
			}
		}
	}
	slices.Sort(took)
	t.Logf("the barrier takes %v to %v", took[0], took[len(took)-1])
}
