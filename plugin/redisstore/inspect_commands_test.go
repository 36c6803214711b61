package redisstore_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Managed services remove commands. Without XINFO, say, logins work and no proof ever comes.
func TestInspectNamesEachCommandThatAServiceRemoved(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"XINFO", "XREAD", "XRANGE", "SCAN", "EVALSHA", "EVAL", "HSET", "ZADD", "INFO"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Real(t, "--appendonly", "yes", "--rename-command", name, "")
			found := inspect(t, redistest.Client(t, server.Addr(), redisstore.Tune))
			wantFinding(t, found, name != "INFO", "command "+name+" does not exist")
		})
	}
}

func TestInspectAsksForWAITOnlyWhereItIsUsed(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t, "--appendonly", "yes", "--rename-command", "WAIT", "").Addr(), redisstore.Tune)
	if found := inspect(t, rdb); len(found) != 0 {
		t.Errorf("without WaitReplicas: %v", found)
	}
	found, err := newStore(t, rdb, redisstore.Options{WaitReplicas: 1}).Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantFinding(t, found, true, "command WAIT does not exist")
}

func TestInspectChangesNothing(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	useAll(t, s)
	before := rdb.DBSize(t.Context()).Val()
	if _, err := s.Inspect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := rdb.DBSize(t.Context()).Val(); after != before {
		t.Errorf("%d keys became %d", before, after)
	}
	if n := rdb.Exists(t.Context(), "ginauth:{0}:inspect").Val(); n != 0 {
		t.Error("Inspect left its key")
	}
}

// What a server counts is what a service may have removed.
func TestInspectTriesEveryCommandThatTheStoreSends(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{WaitReplicas: 1})
	useAll(t, s)
	stats := rdb.InfoMap(context.Background(), "commandstats").Val()["Commandstats"]
	needed := s.NeededCommands()
	connection := []string{"HELLO", "CLIENT", "COMMAND", "AUTH", "SELECT", "PING"}
	for stat := range stats {
		name, _, _ := strings.Cut(strings.ToUpper(strings.TrimPrefix(stat, "cmdstat_")), "|")
		if !slices.Contains(needed, name) && !slices.Contains(connection, name) {
			t.Errorf("the store sends %s, and Inspect does not try it", name)
		}
	}
}

// useAll uses everything that a store can do. Errors for want of replicas are expected.
func useAll(t *testing.T, s *redisstore.Store) {
	t.Helper()
	ctx := t.Context()
	ids := make([]session.ID, 3)
	for i := range ids {
		ids[i] = login(t, s, "carol").ID
	}
	_, _ = s.Get(ctx, ids[0])
	_, _ = s.List(ctx, "carol")
	_, _ = s.Rotate(ctx, rotationOf(ids[0], 1))
	_ = s.Confirm(ctx, []session.Use{{ID: ids[0], Generation: 1}})
	_ = s.Check(ctx, session.Probe{ID: ids[0], Subject: "carol"})
	for _, k := range []session.Kind{session.KindToken, session.KindSession, session.KindSubject, session.KindAll} {
		r := session.Revocation{Kind: k, ID: ids[1], Subject: "carol", Until: time.Now().Add(time.Minute), Token: session.NewTokenID()}
		_, _ = s.Revoke(ctx, r)
	}
	_, _ = s.State(ctx, 0)
	entries, _, err := s.Read(ctx, 0, session.Position{}, 100, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _ = s.Read(ctx, 0, session.Position{}, 100, 0)
	_ = s.Restore(ctx, 0, entries)
	_ = s.Announce(ctx, session.Node{ID: "node", Applied: make([]session.Position, 1)}, time.Minute)
	_, _ = s.Nodes(ctx)
	_, _ = s.Ending(ctx, ids[1])
	_ = s.Ping(ctx)
}
