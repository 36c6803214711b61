package redisstore_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Part of the keys would be at the one node that the client knows, and logins of these subjects
// would work.
func TestAClientForOneServerAtAClusterIsRefused(t *testing.T) {
	t.Parallel()
	rig := redistest.Cluster(t)
	if len(rig.Nodes) == 0 {
		t.Skip("miniredis is no Cluster")
	}
	for _, node := range rig.Nodes {
		for _, shards := range []int{1, 16} {
			rdb := redistest.Client(t, node.Addr(), redisstore.Tune)
			s := newStore(t, rdb, redisstore.Options{Shards: shards})
			refuseKind(t, s)
			found, err := s.Inspect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wantFinding(t, found, true, "a node of a Cluster")
			if n := rdb.DBSize(t.Context()).Val(); n != 0 {
				t.Errorf("%d keys were written", n)
			}
		}
	}
}

func TestAClusterClientAtOneServerIsRefused(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr()}})
	defer rdb.Close()
	s := newStore(t, rdb, redisstore.Options{})
	refuseKind(t, s)
	if _, err := s.Inspect(t.Context()); !errors.Is(err, redisstore.ErrCluster) {
		t.Errorf("Inspect: %v", err)
	}
}

// A name can move from a single server to a Cluster while the store is in use.
func TestAServerThatTurnsIntoAClusterIsRefused(t *testing.T) {
	t.Parallel()
	mini := redistest.Mini(t)
	s := newStore(t, redistest.Client(t, mini.Addr(), redisstore.Tune), redisstore.Options{})
	login(t, s, "carol")
	for _, reply := range []string{"MOVED 866 127.0.0.1:7002", "ASK 866 127.0.0.1:7002", "CROSSSLOT Keys in request don't hash to the same slot"} {
		mini.SetError(reply)
		if err := s.Ping(t.Context()); !errors.Is(err, redisstore.ErrCluster) {
			t.Errorf("%s: %v", reply, err)
		}
	}
	mini.SetError("")
	login(t, s, "carol")
}

func refuseKind(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := context.Background()
	errs := map[string]error{"Ping": s.Ping(ctx)}
	for _, subject := range []string{"carol", "dave", "erin", "frank"} {
		_, err := s.Create(ctx, loginOf(subject))
		errs["Create "+subject] = err
		id := session.NewID(s.Now(), session.ShardOf(subject, s.Shards()))
		errs["Check "+subject] = s.Check(ctx, session.Probe{ID: id, Subject: subject})
		_, errs["Rotate "+subject] = s.Rotate(ctx, rotationOf(id, 1))
		_, errs["Get "+subject] = s.Get(ctx, id)
	}
	for name, err := range errs {
		if !errors.Is(err, redisstore.ErrCluster) {
			t.Errorf("%s: %v, want ErrCluster", name, err)
		}
	}
}
