package redisstore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// moved is an address in front of two servers of which the second has everything that the first
// had. The first stays up.
type moved struct {
	old, fresh *redistest.Server
	address    *redistest.Proxy
}

// oldMasters are what a master may do after its address has left it.
var oldMasters = map[string]func(*testing.T, redis.UniversalClient){
	"writable": func(*testing.T, redis.UniversalClient) {},
	"read-only": func(t *testing.T, old redis.UniversalClient) { // demoted, its new master out of reach
		must(t, old.Do(t.Context(), "REPLICAOF", "127.0.0.1", "1").Err())
	},
	"without replicas": func(t *testing.T, old redis.UniversalClient) {
		must(t, old.ConfigSet(t.Context(), "min-replicas-to-write", "1").Err())
	},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newMoved(t *testing.T) *moved {
	t.Helper()
	m := &moved{old: redistest.Real(t, "--repl-diskless-sync-delay", "0"), fresh: redistest.Real(t)}
	m.address = redistest.NewProxy(t, m.old.Addr())
	return m
}

// move promotes a copy of the old server behind the same address.
func (m *moved) move(t *testing.T, demote func(*testing.T, redis.UniversalClient)) {
	t.Helper()
	old, fresh := redistest.Client(t, m.old.Addr(), nil), redistest.Client(t, m.fresh.Addr(), nil)
	must(t, fresh.Do(t.Context(), "REPLICAOF", "127.0.0.1", m.old.Port).Err())
	for end := time.Now().Add(10 * time.Second); !m.fresh.InStep() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if !m.fresh.InStep() {
		t.Fatal("the copy is not in step")
	}
	must(t, fresh.Do(t.Context(), "REPLICAOF", "NO", "ONE").Err())
	demote(t, old)
	m.address.Forward(m.fresh.Addr())
}

// The clients of a store behind an address that moves. All must follow it.
func (m *moved) clients(t *testing.T) map[string]*redisstore.Store {
	t.Helper()
	connected, err := redisstore.Connect("redis://"+m.address.Addr()+"?conn_max_lifetime=1h&dial_timeout=5s", redisstore.Options{ConnLife: time.Second})
	must(t, err)
	t.Cleanup(func() { _ = connected.Close(context.Background()) })
	return map[string]*redisstore.Store{
		"connected": connected,
		"tuned":     newStore(t, redistest.Client(t, m.address.Addr(), redisstore.Tune), redisstore.Options{}),
		"default":   newStore(t, redistest.Client(t, m.address.Addr(), nil), redisstore.Options{}),
		"long-lived": newStore(t, redistest.Client(t, m.address.Addr(), func(o *redis.UniversalOptions) {
			o.ConnMaxLifetime, o.MinIdleConns, o.PipelinePoolSize = time.Hour, 5, 5
			redisstore.Tune(o)
		}), redisstore.Options{ConnLife: time.Second}),
	}
}

// A node must not serve for long what the new master has revoked, whatever the old one does, and
// must heal without a restart.
func TestAnAddressThatMovesIsFollowed(t *testing.T) {
	t.Parallel()
	for name, demote := range oldMasters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t)
			stores := m.clients(t)
			admin := newStore(t, redistest.Client(t, m.fresh.Addr(), redisstore.Tune), redisstore.Options{})
			sess := login(t, stores["connected"], "carol")
			probe := session.Probe{ID: sess.ID, Subject: "carol", Strict: true}
			for name, s := range stores {
				if err := s.Check(t.Context(), probe); err != nil {
					t.Fatalf("%s before: %v", name, err)
				}
			}
			m.move(t, demote)
			moved := time.Now()
			if _, err := admin.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)}); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for name, s := range stores {
				all.Go(func() { t.Logf("%s believed the old server for %v", name, follows(t, s, probe, moved)) })
			}
			all.Wait()
		})
	}
}

// follows keeps a store busy until it has used the new server for a life. It returns how long
// after the move the last check of the revoked session began that passed.
func follows(t *testing.T, s *redisstore.Store, revoked session.Probe, moved time.Time) (believed time.Duration) {
	t.Helper()
	for time.Since(moved) < 2*s.Doubt() {
		began := time.Since(moved)
		if s.Check(t.Context(), revoked) == nil {
			believed = began
		}
		_, _, readErr := s.Read(t.Context(), 0, session.Position{}, 10, 10*time.Millisecond)
		if _, err := s.Create(t.Context(), loginOf("dave")); began > s.Doubt() && (err != nil || readErr != nil) {
			t.Errorf("%v after the move: %v, %v", began, err, readErr)
		}
	}
	if believed > s.Doubt() {
		t.Errorf("a check that began %v after the move was answered by the old server", believed)
	}
	if st, err := s.State(t.Context(), 0); err != nil || st.Length < 1 {
		t.Errorf("the log: %+v, %v", st, err)
	}
	return believed
}

// The old server says nothing to a read that waits there, and what the new one has to say would
// come late.
func TestAReadThatWaitsFollowsAnAddressThatMoves(t *testing.T) {
	t.Parallel()
	m := newMoved(t)
	s := newStore(t, redistest.Client(t, m.address.Addr(), redisstore.Tune), redisstore.Options{ConnLife: time.Second})
	admin := newStore(t, redistest.Client(t, m.fresh.Addr(), redisstore.Tune), redisstore.Options{})
	sess := login(t, s, "carol")
	read := func(wait time.Duration) []session.Entry {
		entries, _, err := s.Read(t.Context(), 0, session.Position{}, 10, wait)
		must(t, err)
		return entries
	}
	read(time.Millisecond)
	m.move(t, oldMasters["writable"])
	moved := time.Now()
	if _, err := admin.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)}); err != nil {
		t.Fatal(err)
	}
	for len(read(time.Hour)) == 0 {
		if time.Since(moved) > 2*s.Doubt()+patience/10 {
			t.Fatalf("nothing heard for %v", time.Since(moved))
		}
	}
	t.Logf("heard after %v", time.Since(moved))
}

func TestDoubtIsConnLife(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, "127.0.0.1:1", nil)
	for set, want := range map[time.Duration]time.Duration{0: 2 * time.Second, time.Minute: time.Minute} {
		if got := newStore(t, rdb, redisstore.Options{ConnLife: set}).Doubt(); got != want {
			t.Errorf("ConnLife %v: Doubt %v", set, got)
		}
	}
}

func TestClientIsTheOneThatTheStoreUses(t *testing.T) {
	t.Parallel()
	addr := redistest.Single(t).Addr()
	tuned, plain := redistest.Client(t, addr, redisstore.Tune), redistest.Client(t, addr, nil)
	if s := newStore(t, tuned, redisstore.Options{}); s.Client() != tuned {
		t.Error("a tuned client was copied")
	}
	s := newStore(t, plain, redisstore.Options{})
	if s.Client() == plain {
		t.Error("connections of the store's client live for ever")
	}
	login(t, s, "carol")
	must(t, s.Close(t.Context()))
	if err := s.Client().Ping(t.Context()).Err(); err == nil {
		t.Error("the copy is open after Close")
	}
	must(t, plain.Ping(t.Context()).Err())
}
