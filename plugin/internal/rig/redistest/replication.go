//go:build unix

package redistest

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

// CutReplicas makes a master lose its replicas: their connections are closed, and new ones
// refused until it is started again. What it acknowledges from now on is lost when it dies.
func (p *Process) CutReplicas(t testing.TB) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr()})
	defer c.Close()
	ctx := context.Background()
	if err := c.Do(ctx, "ACL", "SETUSER", "default", "-psync", "-sync").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.ClientKillByFilter(ctx, "TYPE", "replica").Err(); err != nil {
		t.Fatal(err)
	}
}

// IsMaster reports whether it is one. A server that does not answer is none.
func (p *Process) IsMaster() bool {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
	defer c.Close()
	return infoFields(c)["role"] == "master"
}

// InStep reports whether it is a replica that has all that its master had when it last
// said so.
func (p *Process) InStep() bool {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
	defer c.Close()
	f := infoFields(c)
	return f["role"] == "slave" && f["master_link_status"] == "up" && f["master_sync_in_progress"] == "0"
}
