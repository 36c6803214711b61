//go:build unix

package redistest

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Server is one Redis, real or miniredis.
type Server struct {
	*Process // nil for miniredis
	addr     string
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.addr }

// Single starts one redis-server with more arguments if need be ("--appendonly",
// "yes"), or falls back to miniredis.
func Single(t testing.TB, args ...string) *Server {
	t.Helper()
	if !available(t, "redis-server") {
		return &Server{addr: fallBack(t)}
	}
	p := launchServer(t, args...)
	return &Server{Process: p, addr: p.Addr()}
}

// Real is Single for what only a real server can show: without one the test is
// skipped, or fails if CI is set.
func Real(t testing.TB, args ...string) *Server {
	t.Helper()
	if !available(t, "redis-server") {
		t.Skip("redistest: needs a real redis-server")
	}
	return Single(t, args...)
}

// Mini starts a miniredis.
func Mini(t testing.TB) *miniredis.Miniredis {
	t.Helper()
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// Client opens a client to one address, closed when the test ends. change may set
// options; nil leaves them at go-redis's defaults.
func Client(t testing.TB, addr string, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	return Universal(t, &redis.UniversalOptions{Addrs: []string{addr}}, change)
}

// Universal opens a client, closed when the test ends.
func Universal(t testing.TB, o *redis.UniversalOptions, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	if change != nil {
		change(o)
	}
	rdb := redis.NewUniversalClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// fallBack starts a miniredis where a real server was meant, and says so.
func fallBack(t testing.TB) string {
	t.Helper()
	t.Log("redistest: no redis-server: miniredis takes its place")
	return Mini(t).Addr()
}

// available reports whether a program is there. That it is not is fatal if CI is set.
func available(t testing.TB, bin string) bool {
	t.Helper()
	if _, err := exec.LookPath(bin); err == nil {
		return true
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("redistest: no %s, and CI is set", bin)
	}
	return false
}

func launchServer(t testing.TB, more ...string) *Process {
	t.Helper()
	return launch(t, "redis-server", func(port int, dir string) []string {
		args := []string{
			"--port", strconv.Itoa(port), "--bind", host, "--dir", dir,
			"--save", "", "--appendonly", "no", "--loglevel", "warning",
		}
		return append(args, more...)
	})
}
