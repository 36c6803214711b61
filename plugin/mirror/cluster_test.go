//go:build unix

package mirror_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

const clusterShards = 16 // fewer than the default: many nodes share a machine here

// onCluster returns a store with its own client, as each node has one.
func onCluster(t testing.TB, rig *redistest.ClusterRig) *redisstore.Store {
	t.Helper()
	s := redisstore.Must(redisstore.New(rig.Client(t, redisstore.Tune), redisstore.Options{ConnLife: connLife, Shards: clusterShards}))
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// onEachShard begins a session in each shard.
func onEachShard(t testing.TB, s session.Store) []session.Session {
	t.Helper()
	var sessions []session.Session
	seen := map[uint8]bool{}
	for i := 0; len(seen) < clusterShards; i++ {
		subject := fmt.Sprint("user", i)
		if n := session.ShardOf(subject, clusterShards); !seen[n] {
			seen[n] = true
			sessions = append(sessions, login(t, s, subject))
		}
	}
	return sessions
}

func allRefused(t testing.TB, s session.Store, sessions []session.Session) bool {
	t.Helper()
	for _, sess := range sessions {
		if !refused(t, s, probe(sess)) {
			return false
		}
	}
	return true
}

func TestAllShardsOfAClusterAreFollowed(t *testing.T) {
	t.Parallel()
	rig := redistest.Cluster(t)
	nodes := []*mirror.Mirror{
		ready(t, onCluster(t, rig), mirror.Options{MaxStaleness: time.Second}),
		ready(t, onCluster(t, rig), mirror.Options{MaxStaleness: time.Second}),
	}
	if n := len(nodes[0].Status().Shards); n != clusterShards {
		t.Fatalf("%d shards are followed", n)
	}
	ended := onEachShard(t, nodes[0])
	for _, sess := range ended {
		revoke(t, nodes[0], session.Revocation{Kind: session.KindSession, ID: sess.ID})
	}
	eventually(t, "the other node knows of each shard", func() bool { return allRefused(t, nodes[1], ended) })

	everybody := onEachShard(t, nodes[1])
	revoke(t, nodes[1], session.Revocation{Kind: session.KindAll})
	if err := nodes[1].Everywhere(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	for i, r := range nodes {
		if !allRefused(t, r, everybody) {
			t.Errorf("node %d has not applied a cut-off of everybody that was waited for", i)
		}
	}
	if len(rig.Nodes) == 0 {
		return // miniredis has no other node to fail over to
	}
	rig.AwaitReplicas(t)
	rig.MasterOf(t, "ginauth:{3}").Stop()
	eventually(t, "a shard is not in step any more", func() bool { return !nodes[0].Ready() })
	eventually(t, "all are in step again", func() bool { return nodes[0].Ready() && nodes[1].Ready() })
	if !allRefused(t, nodes[0], ended) || !allRefused(t, nodes[1], everybody) {
		t.Error("a revocation was undone by the failover")
	}
	later := onEachShard(t, nodes[0])
	for _, sess := range later {
		revoke(t, nodes[0], session.Revocation{Kind: session.KindSession, ID: sess.ID})
	}
	eventually(t, "the other node follows each shard again", func() bool { return allRefused(t, nodes[1], later) })
}

// TestConformanceOnEachTopology runs the suite of all stores through a mirror, on each topology
// with more than one server.
func TestConformanceOnEachTopology(t *testing.T) {
	for name, client := range map[string]func(testing.TB) redis.UniversalClient{
		"Cluster": func(t testing.TB) redis.UniversalClient {
			rig := redistest.Cluster(t)
			if len(rig.Nodes) == 0 { // and its scripts are not atomic for other clients
				t.Skip("miniredis is no Cluster")
			}
			return rig.Client(t, patiently)
		},
		"Sentinel": func(t testing.TB) redis.UniversalClient { return redistest.Sentinel(t, 1).Client(t, patiently) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conform(t, client(t))
		})
	}
}

// patiently is Tune with longer time limits, for a thousand calls at once on a busy machine.
func patiently(o *redis.UniversalOptions) {
	redisstore.Tune(o)
	o.PoolTimeout, o.ReadTimeout, o.WriteTimeout = patience, patience, patience
}

// sure is a store at an address that never moves: nobody has to wait for nodes that notice late.
type sure struct{ *redisstore.Store }

func (sure) Doubt() time.Duration { return 0 }

func conform(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	eachCase(t, func(t *testing.T, c storetest.Case) {
		clock := storetest.NewClock()
		settings := redisstore.Options{Prefix: rand.Text(), Now: clock.Now, Timeout: patience}
		if _, cluster := rdb.(*redis.ClusterClient); cluster {
			settings.Shards = clusterShards
		}
		s, err := redisstore.New(rdb, settings)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(context.Background())
		o := quick()
		o.MaxStaleness, o.Heartbeat, o.Now = patience, patience/50, clock.Now // not the busiest of mirrors
		r := ready(t, sure{s}, o)
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_ = r.Close(ctx) // before the store
		}()
		if err := c.Run(storetest.Env{Store: strict{r}, Clock: clock, Interleavings: 200}); err != nil {
			t.Error(err)
		}
	})
}
