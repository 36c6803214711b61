//go:build unix

package redistest

import (
	"strconv"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Server is one Redis or Valkey server, or miniredis.
type Server struct {
	*Process // nil for miniredis
	addr     string
}

// Addr returns the address on which the server listens.
func (s *Server) Addr() string { return s.addr }

// Single starts one redis-server with additional arguments, like "--appendonly", "yes".
// Without redis-server it falls back to miniredis.
func Single(t testing.TB, args ...string) *Server {
	t.Helper()
	if !available(t, server) {
		return &Server{addr: fallBack(t)}
	}
	p := launchServer(t, args...)
	return &Server{Process: p, addr: p.Addr()}
}

// Real is like [Single] for tests that need a real server: without redis-server the test is
// skipped, or fails if CI is set.
func Real(t testing.TB, args ...string) *Server {
	t.Helper()
	if !available(t, server) {
		t.Skip("redistest: needs a real " + program(server))
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

// Client opens a client to one address. It is closed when the test ends. change may set
// options; nil keeps go-redis's defaults.
func Client(t testing.TB, addr string, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	return Universal(t, &redis.UniversalOptions{Addrs: []string{addr}}, change)
}

// Universal opens a client. It is closed when the test ends.
func Universal(t testing.TB, o *redis.UniversalOptions, change func(*redis.UniversalOptions)) redis.UniversalClient {
	t.Helper()
	if change != nil {
		change(o)
	}
	rdb := redis.NewUniversalClient(o)
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// fallBack starts a miniredis in place of a real server, and logs that.
func fallBack(t testing.TB) string {
	t.Helper()
	t.Logf("redistest: %s is not installed, miniredis replaces it", program(server))
	return Mini(t).Addr()
}

func launchServer(t testing.TB, more ...string) *Process {
	t.Helper()
	return launch(t, server, func(port int, dir string) []string {
		args := []string{
			"--port", strconv.Itoa(port), "--bind", host, "--dir", dir,
			"--save", "", "--appendonly", "no", "--loglevel", "warning",
		}
		return append(args, more...)
	})
}
