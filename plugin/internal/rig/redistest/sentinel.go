//go:build unix

package redistest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// MasterName is the name of the master in the sentinels of a [SentinelRig].
const MasterName = "ginauth"

// SentinelRig is a master with replicas, watched by three sentinels that consider it down
// after a second.
type SentinelRig struct {
	Nodes     []*Process // the first is the initial master
	Sentinels []*Process
	Addrs     []string // the addresses of the sentinels
}

// Sentinel starts a master with replicas and three sentinels, and waits until they know each
// other. There is no fallback: without redis-sentinel the test is skipped, or fails if CI is
// set.
func Sentinel(t testing.TB, replicas int) *SentinelRig {
	t.Helper()
	if !available(t, server) || !available(t, sentinel) {
		t.Skip("redistest: needs " + program(sentinel))
	}
	rig := &SentinelRig{Nodes: []*Process{launchServer(t, "--repl-diskless-sync-delay", "0")}}
	master := rig.Nodes[0]
	for range replicas {
		rig.Nodes = append(rig.Nodes, launchServer(t, "--repl-diskless-sync-delay", "0",
			"--replicaof", fmt.Sprintf("%s %d", host, master.Port)))
	}
	for range 3 {
		p := launch(t, sentinel, func(port int, dir string) []string {
			return []string{sentinelConfig(t, dir, port, master.Port)}
		})
		rig.Sentinels = append(rig.Sentinels, p)
		rig.Addrs = append(rig.Addrs, p.Addr())
	}
	rig.await(t)
	return rig
}

func sentinelConfig(t testing.TB, dir string, port, master int) string {
	t.Helper()
	lines := []string{
		fmt.Sprintf("port %d", port),
		"bind " + host,
		"dir " + dir,
		fmt.Sprintf("sentinel monitor %s %s %d 2", MasterName, host, master),
		fmt.Sprintf("sentinel down-after-milliseconds %s 1000", MasterName),
		fmt.Sprintf("sentinel failover-timeout %s 5000", MasterName),
		"",
	}
	path := filepath.Join(dir, "sentinel.conf")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Client opens a client that finds the master through the sentinels. It is closed when the
// test ends.
func (r *SentinelRig) Client(t testing.TB, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	return Universal(t, &redis.UniversalOptions{Addrs: r.Addrs, MasterName: MasterName}, change)
}

// Master returns the node that the sentinels currently consider the master.
func (r *SentinelRig) Master(t testing.TB) *Process {
	t.Helper()
	s := redis.NewSentinelClient(&redis.Options{Addr: r.Addrs[0]})
	defer s.Close()
	addr, err := s.GetMasterAddrByName(context.Background(), MasterName).Result()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Nodes {
		if fmt.Sprint(p.Port) == addr[1] {
			return p
		}
	}
	t.Fatalf("redistest: no node at %v", addr)
	return nil
}

func (r *SentinelRig) await(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*startTimeout)
	defer cancel()
	for _, addr := range r.Addrs {
		s := redis.NewSentinelClient(&redis.Options{Addr: addr, ReadTimeout: time.Second})
		defer s.Close()
		poll(t, "sentinels know each other", func() bool {
			m := s.Master(ctx, MasterName).Val()
			return m["num-other-sentinels"] == "2" && m["num-slaves"] == fmt.Sprint(len(r.Nodes)-1)
		})
	}
	for _, p := range r.Nodes[1:] {
		c := redis.NewClient(&redis.Options{Addr: p.Addr()})
		defer c.Close()
		poll(t, "replica is in step", func() bool {
			return strings.Contains(c.Info(ctx, "replication").Val(), "master_link_status:up")
		})
	}
}

// AwaitReplicas waits until the replicas of the initial master have every write so far.
func (r *SentinelRig) AwaitReplicas(t testing.TB) {
	t.Helper()
	awaitOffset(t, r.Nodes[0], r.Nodes[1:])
}
