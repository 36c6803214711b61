//go:build unix

package redistest

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

// CutReplicas disconnects a master from its replicas until it is started again: their
// connections are closed and new ones refused. Writes that it acknowledges from now on are
// lost when it dies.
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

// IsMaster reports whether the server is a master. A server that does not answer is not.
func (p *Process) IsMaster() bool {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
	defer c.Close()
	return infoFields(c)["role"] == "master"
}

// InStep reports whether the server is a replica that has everything its master had at the
// master's last report.
func (p *Process) InStep() bool {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
	defer c.Close()
	f := infoFields(c)
	return f["role"] == "slave" && f["master_link_status"] == "up" && f["master_sync_in_progress"] == "0"
}
