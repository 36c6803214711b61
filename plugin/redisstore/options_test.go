package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Nobody knows whether such a client is one of a Cluster, how long its connections live, or what
// it does with a command.
type (
	wrapper  struct{ redis.UniversalClient }
	embedded struct{ *redis.Client }
)

func TestBadOptionsAreRefused(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, "127.0.0.1:1", nil)
	ring := redis.NewRing(&redis.RingOptions{})
	defer ring.Close()
	replicas := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteByLatency: true})
	defer replicas.Close()
	cached := redistest.Client(t, "127.0.0.1:1", func(o *redis.UniversalOptions) {
		o.ClientSideCacheConfig = &redis.ClientSideCacheConfig{}
	})
	for name, c := range map[string]struct {
		rdb redis.UniversalClient
		o   redisstore.Options
		say string
	}{
		"no client":        {nil, redisstore.Options{}, "no client"},
		"nil client":       {(*redis.Client)(nil), redisstore.Options{}, "no client"},
		"nil Cluster":      {(*redis.ClusterClient)(nil), redisstore.Options{}, "no client"},
		"nil ring":         {(*redis.Ring)(nil), redisstore.Options{}, "no client"},
		"wrapper":          {wrapper{rdb}, redisstore.Options{}, "a type of the application's own"},
		"wrapper pointer":  {&wrapper{rdb}, redisstore.Options{}, "a type of the application's own"},
		"embedded client":  {embedded{}, redisstore.Options{}, "a type of the application's own"},
		"negative life":    {rdb, redisstore.Options{ConnLife: -1}, "Options.ConnLife"},
		"tiny life":        {rdb, redisstore.Options{ConnLife: 199 * time.Millisecond}, "Options.ConnLife"},
		"no Cluster":       {rdb, redisstore.Options{Cluster: true}, "Options.Cluster"},
		"ring":             {ring, redisstore.Options{}, "Ring"},
		"replica reads":    {replicas, redisstore.Options{}, "replicas"},
		"client's cache":   {cached, redisstore.Options{}, "cache"},
		"brace in prefix":  {rdb, redisstore.Options{Prefix: "app{1}"}, "Options.Prefix"},
		"glob in prefix":   {rdb, redisstore.Options{Prefix: "app*"}, "Options.Prefix"},
		"space in prefix":  {rdb, redisstore.Options{Prefix: "my app"}, "Options.Prefix"},
		"endless prefix":   {rdb, redisstore.Options{Prefix: strings.Repeat("p", 65)}, "Options.Prefix"},
		"negative timeout": {rdb, redisstore.Options{Timeout: -1}, "Options.Timeout"},
		"tiny timeout":     {rdb, redisstore.Options{Timeout: time.Millisecond}, "Options.Timeout"},
		"negative waiting": {rdb, redisstore.Options{WaitReplicas: -1}, "Options.WaitReplicas"},
		"negative shards":  {rdb, redisstore.Options{Shards: -1}, "Options.Shards"},
		"257 shards":       {rdb, redisstore.Options{Shards: 257}, "Options.Shards"},
	} {
		if _, err := redisstore.New(c.rdb, c.o); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want an error that names %q", name, err, c.say)
		}
	}
}

func TestMustPanicsOnAnError(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, "127.0.0.1:1", nil)
	if s := redisstore.Must(redisstore.New(rdb, redisstore.Options{})); s == nil {
		t.Error("Must returned no store")
	}
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "no client") {
			t.Error("Must panicked with", err)
		}
	}()
	redisstore.Must(redisstore.New(nil, redisstore.Options{}))
}

func TestEveryKeyBeginsWithPrefixAndTag(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{Prefix: "my-app"})
	sess := login(t, s, "carol")
	for _, k := range []session.Kind{session.KindSession, session.KindSubject, session.KindAll} {
		if _, err := s.Revoke(context.Background(), session.Revocation{Kind: k, ID: sess.ID, Subject: "carol", Until: time.Now().Add(retain)}); err != nil {
			t.Fatal(err)
		}
	}
	login(t, s, "carol")
	if err := s.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Announce(context.Background(), session.Node{ID: "a"}, time.Minute); err != nil {
		t.Fatal(err)
	}
	keys := rdb.Keys(context.Background(), "*").Val()
	if len(keys) != 6 { // shard, log, roster, two sessions, a list
		t.Errorf("%d keys, the test means to see all kinds: %q", len(keys), keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "my-app:{0}:") {
			t.Errorf("key %q", key)
		}
	}
}

func TestPrefixesKeepStoresApart(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	a, b := newStore(t, rdb, redisstore.Options{Prefix: "a"}), newStore(t, rdb, redisstore.Options{Prefix: "b"})
	sess := login(t, a, "carol")
	if n, err := b.Revoke(context.Background(), session.Revocation{Kind: session.KindAll, Until: time.Now().Add(retain)}); err != nil || n != 0 {
		t.Errorf("revoking everything of b ended %d, %v", n, err)
	}
	if _, err := a.Get(context.Background(), sess.ID); err != nil {
		t.Errorf("session of a: %v", err)
	}
}

func TestAnotherNumberOfShardsIsRefused(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	four := newStore(t, rdb, redisstore.Options{Shards: 4})
	for _, subject := range []string{"carol", "dave", "erin", "frank", "grace"} {
		login(t, four, subject)
	}
	two := newStore(t, rdb, redisstore.Options{Shards: 2})
	refuseAll(t, two)
	// The first one wins, also on a server that is empty again.
	if err := rdb.FlushAll(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	login(t, two, "carol")
	refuseAll(t, four)
	if err := two.Ping(context.Background()); err != nil {
		t.Errorf("Ping of the first one: %v", err)
	}
}

func refuseAll(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := context.Background()
	id := session.NewID(time.Now(), session.ShardOf("carol", s.Shards()))
	errs := map[string]error{"Ping": s.Ping(ctx)}
	_, errs["Create"] = s.Create(ctx, loginOf("carol"))
	_, errs["Get"] = s.Get(ctx, id)
	_, errs["List"] = s.List(ctx, "carol")
	_, errs["Rotate"] = s.Rotate(ctx, rotationOf(id, 1))
	_, errs["Revoke"] = s.Revoke(ctx, session.Revocation{Kind: session.KindSession, ID: id, Until: time.Now().Add(retain)})
	_, errs["Revoke of all"] = s.Revoke(ctx, session.Revocation{Kind: session.KindAll, Until: time.Now().Add(retain)})
	_, errs["State"] = s.State(ctx, 0)
	errs["Confirm"] = s.Confirm(ctx, []session.Use{{ID: id, Generation: 1}})
	// An empty shard has no epoch, so a Check cannot know.
	err := s.Check(ctx, session.Probe{ID: id, Subject: "carol"})
	if !errors.Is(err, redisstore.ErrShards) && !errors.Is(err, session.ErrRevoked) {
		t.Errorf("Check: %v, want ErrShards or ErrRevoked", err)
	}
	for name, err := range errs {
		if !errors.Is(err, redisstore.ErrShards) {
			t.Errorf("%s: %v, want ErrShards", name, err)
		}
	}
}

func TestCancelledContextIsHonoured(t *testing.T) {
	t.Parallel()
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 2 { // before and after the first contact
		_, err := s.Create(ctx, loginOf("carol"))
		if !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("Create: %v, want ErrUnavailable because of the cancel", err)
		}
		if list, err := s.List(context.Background(), "carol"); err != nil || len(list) != 0 {
			t.Errorf("List: %v, %v; want none", list, err)
		}
	}
}
