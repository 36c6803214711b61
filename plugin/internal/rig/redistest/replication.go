//go:build unix

package redistest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
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

// counts reports whether a master knows that a replica has loaded its data.
func (p *Process) counts(replica *Process) bool {
	c := redis.NewClient(&redis.Options{Addr: p.Addr(), MaxRetries: -1})
	defer c.Close()
	for name, value := range infoFields(c) { // slave0:ip=127.0.0.1,port=6380,state=online,...
		if strings.HasPrefix(name, "slave") && strings.Contains(value, fmt.Sprintf(",port=%d,state=online,", replica.Port)) {
			return true
		}
	}
	return false
}

// Replica starts a replica of the server. It waits until the replica is in step and the server
// counts it, as min-replicas-to-write does: a replica says that it is in step up to a second
// before its master knows.
func (s *Server) Replica(t testing.TB) *Server {
	t.Helper()
	p := launchServer(t, "--repl-diskless-sync-delay", "0", "--replicaof", fmt.Sprintf("%s %d", host, s.Port))
	poll(t, "replica is in step", p.InStep)
	poll(t, "its master counts it", func() bool { return s.counts(p) })
	return &Server{Process: p, addr: p.Addr()}
}

// Promote makes a replica a master, once it has every write so far. Its former master stays up
// and knows nothing of it.
func (p *Process) Promote(t testing.TB) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr()})
	defer c.Close()
	fields := infoFields(c)
	port, err := strconv.Atoi(fields["master_port"])
	if err != nil {
		t.Fatalf("redistest: not a replica: %v", fields)
	}
	awaitOffset(t, &Process{Port: port}, []*Process{p})
	p.replicaOf(t, "NO", "ONE")
}

// Strand makes a server a replica whose master cannot be reached: it refuses writes, and goes on
// answering reads from what it has.
func (p *Process) Strand(t testing.TB) {
	t.Helper()
	p.replicaOf(t, host, "1")
}

// Follow makes a server a replica of another one.
func (p *Process) Follow(t testing.TB, master *Server) {
	t.Helper()
	p.replicaOf(t, host, strconv.Itoa(master.Port))
}

func (p *Process) replicaOf(t testing.TB, master, port string) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr()})
	defer c.Close()
	if err := c.ReplicaOf(context.Background(), master, port).Err(); err != nil {
		t.Fatal(err)
	}
}

// Configure changes a setting of a running server: CONFIG SET.
func (p *Process) Configure(t testing.TB, name, value string) {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: p.Addr()})
	defer c.Close()
	if err := c.ConfigSet(context.Background(), name, value).Err(); err != nil {
		t.Fatal(err)
	}
}
