//go:build unix

package ginauth_test

import (
	"context"
	"crypto/rand"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// The journeys run on each Redis topology, and through a mirror on the topology with many
// shards.
func init() {
	single := &topology{open: func(t testing.TB) connect {
		return redistestConnect(redistest.Single(t).Addr())
	}}
	stores["redis"] = storeOn(single)
	cluster := &topology{open: func(t testing.TB) connect { return redistest.Cluster(t).Client }}
	stores["cluster"] = storeOn(cluster)
	stores["cluster, with a mirror"] = func(t *testing.T, clock *authtest.Clock) session.Store {
		return follow(t, clock, storeOn(cluster)(t, clock))
	}
	running["redis"], running["cluster"] = runningOn(single), runningOn(cluster)
	stores["sentinel"] = storeOn(&topology{open: func(t testing.TB) connect { return redistest.Sentinel(t, 1).Client }})
}

// lasting holds the servers that all tests of this package share.
var lasting redistest.Lasting

// noLog silences go-redis's messages about its connections.
type noLog struct{}

func (noLog) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	redis.SetLogger(noLog{})
	code := m.Run()
	lasting.Close()
	os.Exit(code)
}

type connect func(testing.TB, func(*redis.UniversalOptions)) redis.UniversalClient

func redistestConnect(addr string) connect {
	return func(t testing.TB, change func(*redis.UniversalOptions)) redis.UniversalClient {
		return redistest.Client(t, addr, change)
	}
}

// topology is a set of servers, started by the first test that needs it.
type topology struct {
	open    func(testing.TB) connect
	mu      sync.Mutex
	connect connect
}

func (s *topology) client(t testing.TB) redis.UniversalClient {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connect == nil {
		s.connect = s.open(lasting.For(t))
	}
	return s.connect(t, redisstore.Tune)
}

// storeOn returns an empty store: each one has its own prefix.
func storeOn(servers *topology) func(*testing.T, *authtest.Clock) session.Store {
	return func(t *testing.T, clock *authtest.Clock) session.Store {
		rdb := servers.client(t)
		store, err := redisstore.New(rdb, redisstore.Options{Prefix: rand.Text(), Now: clock.Now, Shards: fewShards(rdb)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close(context.Background()) })
		return store
	}
}

// runningOn opens stores with one prefix, each with its own connections and a mirror.
func runningOn(servers *topology) func(t *testing.T) func() session.Store {
	return func(t *testing.T) func() session.Store {
		prefix := rand.Text()
		return func() session.Store {
			rdb := servers.client(t)
			store := redisstore.Must(redisstore.New(rdb, redisstore.Options{Prefix: prefix, Shards: fewShards(rdb)}))
			t.Cleanup(func() { _ = store.Close(context.Background()) })
			return follow(t, nil, store)
		}
	}
}

// follow returns a store with a mirror that is in step.
// clock is nil for the real time.
func follow(t *testing.T, clock *authtest.Clock, store session.Store) session.Store {
	t.Helper()
	var o mirror.Options
	if clock != nil {
		o.Now = clock.Now
	}
	list := mirror.Must(mirror.New(store.(session.LoggedStore), o))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := list.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	for end := time.Now().Add(10 * time.Second); !list.Ready(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal(list.Status())
		}
	}
	return list
}

// fewShards is the number of shards on a Cluster, fewer than the default: many stores and mirrors
// share a machine here, under the race detector too. 0 is the default.
func fewShards(rdb redis.UniversalClient) int {
	if _, cluster := rdb.(*redis.ClusterClient); cluster {
		return 8
	}
	return 0
}
