//go:build unix

package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// masters is the number of masters in a Cluster. Each has one replica.
const masters = 3

const slots = 16384

// clusterArguments make a server a node of a Cluster. A master that has given all its slots away
// stays a master.
var clusterArguments = []string{
	"--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
	"--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0",
	"--cluster-allow-replica-migration", "no",
}

// ClusterRig is a Redis Cluster of three masters and three replicas. Nodes is empty if
// miniredis stands in for the Cluster.
type ClusterRig struct {
	Nodes []*Process // masters first, in their initial roles; the replica of master i is at i+3
	Addrs []string
}

// Cluster starts a Cluster and waits until it is healthy. Without redis-server it falls back
// to one miniredis.
func Cluster(t testing.TB) *ClusterRig {
	t.Helper()
	if !available(t, server) {
		return &ClusterRig{Addrs: []string{fallBack(t)}}
	}
	rig := &ClusterRig{}
	for range 2 * masters {
		p := launchServer(t, clusterArguments...)
		rig.Nodes = append(rig.Nodes, p)
		rig.Addrs = append(rig.Addrs, p.Addr())
	}
	rig.form(t)
	return rig
}

// Client opens a client to the Cluster. It is closed when the test ends.
func (r *ClusterRig) Client(t testing.TB, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	return Universal(t, &redis.UniversalOptions{Addrs: r.Addrs, IsClusterMode: true}, change)
}

// MasterOf returns the node that currently holds a key.
func (r *ClusterRig) MasterOf(t testing.TB, key string) *Process {
	t.Helper()
	rdb := r.Client(t, nil).(*redis.ClusterClient)
	node, err := rdb.MasterForKey(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Nodes {
		if p.Addr() == node.Options().Addr {
			return p
		}
	}
	t.Fatalf("redistest: no node at %s", node.Options().Addr)
	return nil
}

func (r *ClusterRig) form(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*startTimeout)
	defer cancel()
	clients := make([]*redis.Client, len(r.Nodes))
	for i, p := range r.Nodes {
		clients[i] = redis.NewClient(&redis.Options{Addr: p.Addr()})
		defer clients[i].Close()
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("redistest: cluster: %v", err)
		}
	}
	for i, c := range clients {
		must(c.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		if i < masters {
			must(c.ClusterAddSlotsRange(ctx, i*slots/masters, (i+1)*slots/masters-1).Err())
		}
		if i > 0 {
			must(c.ClusterMeet(ctx, host, strconv.Itoa(r.Nodes[0].Port)).Err())
		}
	}
	poll(t, "nodes know each other", func() bool {
		for _, c := range clients {
			if !strings.Contains(c.ClusterInfo(ctx).Val(), fmt.Sprintf("cluster_known_nodes:%d\r", len(clients))) {
				return false
			}
		}
		return true
	})
	for i := range masters {
		id, err := clients[i].Do(ctx, "CLUSTER", "MYID").Text()
		must(err)
		poll(t, "replica follows", func() bool {
			return clients[i+masters].ClusterReplicate(ctx, id).Err() == nil
		})
	}
	poll(t, "cluster is in order", func() bool { return inOrder(ctx, clients) })
}

// inOrder reports whether every node, masters first, sees a complete Cluster, and the replicas
// follow.
func inOrder(ctx context.Context, clients []*redis.Client) bool {
	for i, c := range clients {
		if !strings.Contains(c.ClusterInfo(ctx).Val(), "cluster_state:ok") {
			return false
		}
		if i >= masters && !strings.Contains(c.Info(ctx, "replication").Val(), "master_link_status:up") {
			return false
		}
		if strings.Count(c.ClusterNodes(ctx).Val(), "slave") != masters {
			return false
		}
	}
	return true
}

// poll waits until ok returns true.
func poll(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * startTimeout); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("redistest: timed out waiting: %s", what)
}

// AwaitReplicas waits until the replicas have every write so far.
func (r *ClusterRig) AwaitReplicas(t testing.TB) {
	t.Helper()
	for i := range masters {
		awaitOffset(t, r.Nodes[i], r.Nodes[i+masters:i+masters+1])
	}
}

// awaitOffset waits until the replicas have read everything that their master had written.
func awaitOffset(t testing.TB, master *Process, replicas []*Process) {
	t.Helper()
	written := infoInt(t, master, "master_repl_offset")
	for _, p := range replicas {
		poll(t, "replica has it all", func() bool {
			return infoInt(t, p, "slave_repl_offset") >= written
		})
	}
}

func infoInt(t testing.TB, p *Process, field string) int64 {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr()})
	defer c.Close()
	n, err := strconv.ParseInt(infoFields(c)[field], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// infoFields returns a server's INFO about replication. It is empty if the server does not
// answer.
func infoFields(c *redis.Client) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(c.Info(context.Background(), "replication").Val()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// InOrder reports whether all nodes that answer see a working Cluster.
func (r *ClusterRig) InOrder() bool {
	answers := 0
	for _, p := range r.Nodes {
		c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1, DialTimeout: time.Second})
		info, err := c.ClusterInfo(context.Background()).Result()
		c.Close()
		if err == nil && !strings.Contains(info, "cluster_state:ok") {
			return false
		}
		if err == nil {
			answers++
		}
	}
	return answers > masters
}
