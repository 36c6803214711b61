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
	stores["redis"] = storeOn(&topology{open: func(t testing.TB) connect {
		return redistestConnect(redistest.Single(t).Addr())
	}})
	cluster := &topology{open: func(t testing.TB) connect { return redistest.Cluster(t).Client }}
	stores["cluster"] = storeOn(cluster)
	stores["cluster, with a mirror"] = func(t *testing.T, clock *authtest.Clock) session.Store {
		return follow(t, clock, storeOn(cluster)(t, clock))
	}
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
		store, err := redisstore.New(servers.client(t), redisstore.Options{Prefix: rand.Text(), Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close(context.Background()) })
		return store
	}
}

// follow returns a store with a mirror that is in step.
func follow(t *testing.T, clock *authtest.Clock, store session.Store) session.Store {
	t.Helper()
	list := mirror.Must(mirror.New(store.(session.LoggedStore), mirror.Options{Now: clock.Now}))
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
