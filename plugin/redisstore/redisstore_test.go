package redisstore_test

import (
	"context"
	"crypto/rand"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

func TestConformanceOnOneRedis(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	rdb := redistest.Client(t, server.Addr(), tunePatiently)
	if server.Process == nil { // the races take miniredis minutes
		conform(t, rdb)
		return
	}
	storetest.Run(t, func(t *testing.T, now func() time.Time) session.LoggedStore {
		return newStore(t, rdb, patiently(now))
	})
}

func TestConformanceWithAClientAtGoRedisDefaults(t *testing.T) {
	t.Parallel()
	conform(t, redistest.Client(t, redistest.Single(t).Addr(), nil))
}

func TestConformanceOnMiniredis(t *testing.T) {
	t.Parallel()
	conform(t, redistest.Client(t, redistest.Mini(t).Addr(), tunePatiently))
}

// tunePatiently is Tune for a thousand calls at once on a busy machine: each waits for a
// connection, an old or a new one, as long as it may take.
func tunePatiently(o *redis.UniversalOptions) {
	redisstore.Tune(o)
	o.PoolTimeout, o.ReadTimeout, o.WriteTimeout, o.DialTimeout = patience, patience, patience, patience
}

// patiently are options for one case that go with tunePatiently. The prefix is the case's own:
// what a shard remembers of other cases would change how long its revocations last.
func patiently(now func() time.Time) redisstore.Options {
	return redisstore.Options{Prefix: "case-" + rand.Text(), Now: now, Timeout: patience, ConnLife: 4 * patience}
}

// conform runs the suite of all stores. The cases share the server. The full number
// of races is for one topology: the scripts are the same on all.
func conform(t *testing.T, rdb redis.UniversalClient) {
	t.Helper()
	clock := storetest.NewClock()
	for _, c := range storetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			s := newStore(t, rdb, patiently(clock.Now))
			// Some servers cannot tell an unused log from one that was trimmed.
			for n := range s.Shards() {
				id := session.NewID(clock.Now(), uint8(n))
				if _, err := s.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: id, Until: clock.Now().Add(retain)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.Run(storetest.Env{Store: s, Clock: clock, Interleavings: 500}); err != nil {
				t.Error(err)
			}
		})
	}
}

func newStore(t testing.TB, rdb redis.UniversalClient, o redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(rdb, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

const (
	idleTTL = time.Hour
	maxTTL  = 24 * time.Hour
	retain  = 15 * time.Minute
	grace   = 10 * time.Second

	// patience is for tests that are not about time-outs, on a machine with much to do.
	patience = 10 * time.Second
)

func loginOf(subject string) session.Create {
	return session.Create{
		Subject: subject, IP: "192.0.2.7", UserAgent: "test/1",
		IdleTTL: idleTTL, MaxTTL: maxTTL, TokenEnd: time.Now().Add(retain),
	}
}

func rotationOf(id session.ID, generation uint32) session.Rotation {
	return session.Rotation{ID: id, Generation: generation, IdleTTL: idleTTL, Grace: grace, TokenEnd: time.Now().Add(retain)}
}

func login(t testing.TB, s *redisstore.Store, subject string) session.Session {
	t.Helper()
	c, err := s.Create(context.Background(), loginOf(subject))
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return c.Session
}

func stateOf(t testing.TB, s *redisstore.Store, sess session.Session) session.LogState {
	t.Helper()
	st, err := s.State(context.Background(), int(sess.ID.Shard()))
	if err != nil {
		t.Fatalf("State: %v", err)
	}
	return st
}

func shardText(id session.ID) string { return strconv.Itoa(int(id.Shard())) }
