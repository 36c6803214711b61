package main_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// server is a redis-server or redis-sentinel owned by one test. It listens on a free port of
// 127.0.0.1 and is stopped by its process id when the test ends. With GINAUTH_TEST_SERVER=valkey
// in the environment it is a valkey-server or valkey-sentinel.
type server struct {
	addr string
	bin  string
	args []string
	dir  string
	cmd  *exec.Cmd
}

// anyRedis starts a Redis, or a miniredis where Redis is not installed.
func anyRedis(t *testing.T) *server {
	t.Helper()
	if !available(t, "redis-server") {
		return &server{addr: miniredis.RunT(t).Addr()}
	}
	return startServer(t, "redis-server")
}

// realRedis starts a Redis for behaviour that miniredis lacks.
func realRedis(t *testing.T, args ...string) *server {
	t.Helper()
	if !available(t, "redis-server") {
		t.Skip("needs redis-server")
	}
	return startServer(t, "redis-server", args...)
}

// chosen returns the name under which a program is started here: the one of Valkey, if the
// environment asks for it.
func chosen(t *testing.T, bin string) string {
	t.Helper()
	name, ofRedis := strings.CutPrefix(bin, "redis-")
	switch family := os.Getenv("GINAUTH_TEST_SERVER"); {
	case !ofRedis || family == "" || family == "redis":
		return bin
	case family == "valkey":
		return "valkey-" + name
	default:
		t.Fatalf("GINAUTH_TEST_SERVER=%s: want redis or valkey", family)
		return ""
	}
}

func available(t *testing.T, bin string) bool {
	t.Helper()
	bin = chosen(t, bin)
	_, err := exec.LookPath(bin)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("no %s, and CI is set", bin)
	}
	if err != nil {
		t.Logf("no %s", bin)
	}
	return err == nil
}

func startServer(t *testing.T, bin string, args ...string) *server {
	t.Helper()
	port := freePort(t)
	s := &server{addr: net.JoinHostPort("127.0.0.1", port), bin: chosen(t, bin), dir: t.TempDir()}
	s.args = append(args, "--port", port, "--bind", "127.0.0.1") // a configuration file must come first
	if bin == "redis-server" {
		s.args = append(s.args, "--save", "")
	}
	s.start(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(s.bin, s.args...)
	s.cmd.Dir = s.dir
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, func() bool {
		conn, err := net.DialTimeout("tcp", s.addr, time.Second)
		return err == nil && conn.Close() == nil
	})
}

// kill ends the server like a crash, even while it is paused.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// pause stops the process. Its connections stay open but silent.
func (s *server) pause(t *testing.T) { s.signal(t, syscall.SIGSTOP) }

func (s *server) resume(t *testing.T) { s.signal(t, syscall.SIGCONT) }

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

func (s *server) url() string { return "REDIS_URL=redis://" + s.addr + "/0" }

func (s *server) client(t *testing.T) *redis.Client {
	rdb := redis.NewClient(&redis.Options{Addr: s.addr})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// keysAllowed returns a function that limits every client of the server to these key patterns
// of an ACL.
func (s *server) keysAllowed(t *testing.T) (limit func(patterns ...any)) {
	rdb := s.client(t)
	return func(patterns ...any) {
		t.Helper()
		if err := rdb.Do(t.Context(), append([]any{"ACL", "SETUSER", "default", "resetkeys"}, patterns...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// freePort returns a free port whose neighbour 10000 above, the bus of a Cluster node, is a
// valid port.
func freePort(t *testing.T) string {
	t.Helper()
	for range 50 {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if port < 55000 {
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no free port")
	return ""
}

// startSentinel starts a sentinel that watches a master under the name "main".
func startSentinel(t *testing.T, master *server) *server {
	t.Helper()
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	host, port, err := net.SplitHostPort(master.addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte("sentinel monitor main "+host+" "+port+" 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return startServer(t, "redis-sentinel", config)
}
