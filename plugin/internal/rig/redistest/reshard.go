//go:build unix

package redistest

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Reshard moves n slots, with their keys, from one master to another, as an operator does:
// with redis-cli --cluster reshard. It returns what the program printed; the error is not nil
// if the program failed. Safe to call from any goroutine.
func (r *ClusterRig) Reshard(ctx context.Context, n int, from, to *Process) (string, error) {
	source, err := nodeID(ctx, from)
	if err != nil {
		return "", err
	}
	target, err := nodeID(ctx, to)
	if err != nil {
		return "", err
	}
	return manage(ctx, "reshard", r.Addrs[0], "--cluster-from", source, "--cluster-to", target,
		"--cluster-slots", strconv.Itoa(n), "--cluster-yes")
}

// Rebalance gives every master the same number of slots, an empty one too: redis-cli --cluster
// rebalance. It returns what [ClusterRig.Reshard] does.
func (r *ClusterRig) Rebalance(ctx context.Context) (string, error) {
	return manage(ctx, "rebalance", r.Addrs[0], "--cluster-use-empty-masters")
}

// AwaitSlots waits until every slot is served by one master, none is half moved, and all nodes
// agree about that: until redis-cli --cluster check has nothing to say. Replicas hear of a move
// a while later, and redis-cli moves nothing before.
func (r *ClusterRig) AwaitSlots(t testing.TB) {
	t.Helper()
	var said string
	for end := time.Now().Add(2 * startTimeout); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var err error
		if said, err = manage(t.Context(), "check", r.Addrs[0]); err == nil {
			return
		}
	}
	t.Errorf("redistest: the slots are not in order:\n%s", said)
}

// AddMaster adds an empty master to the Cluster with redis-cli --cluster add-node, and waits
// until all nodes know it. It is the last of Nodes.
func (r *ClusterRig) AddMaster(t testing.TB) *Process {
	t.Helper()
	p := launchServer(t, clusterArguments...)
	if said, err := manage(t.Context(), "add-node", p.Addr(), r.Addrs[0]); err != nil {
		t.Fatalf("redistest: add-node: %v\n%s", err, said)
	}
	r.Nodes, r.Addrs = append(r.Nodes, p), append(r.Addrs, p.Addr())
	poll(t, "nodes know the new master, and it knows them", func() bool { return r.knownBy(t.Context(), len(r.Nodes)) })
	r.AwaitSlots(t)
	return p
}

// knownBy reports whether every node sees a working Cluster of n nodes.
func (r *ClusterRig) knownBy(ctx context.Context, n int) bool {
	for _, p := range r.Nodes {
		c := redis.NewClient(&redis.Options{Addr: p.Addr()})
		info := c.ClusterInfo(ctx).Val()
		c.Close()
		if !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, fmt.Sprintf("cluster_known_nodes:%d\r", n)) {
			return false
		}
	}
	return true
}

// manage runs redis-cli --cluster.
func manage(ctx context.Context, verb string, arguments ...string) (string, error) {
	said, err := command(ctx, append([]string{"--cluster", verb}, arguments...)...)
	if err != nil {
		return said, fmt.Errorf("%s --cluster %s: %w", program(cli), verb, err)
	}
	return said, nil
}

// command runs redis-cli or valkey-cli without input, so that it cannot ask.
func command(ctx context.Context, arguments ...string) (string, error) {
	said, err := exec.CommandContext(ctx, program(cli), arguments...).CombinedOutput()
	return string(said), err
}

func nodeID(ctx context.Context, p *Process) (string, error) {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), ReadTimeout: time.Second})
	defer c.Close()
	return c.Do(ctx, "CLUSTER", "MYID").Text()
}
