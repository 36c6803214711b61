package redisstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxLineBytes is what a line of the log may cost.
const maxLineBytes = 80

// What a refreshed session costs, with its share of the subject's list, the keys and
// the tables of Redis.
func TestMemoryOfALiveSession(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		userAgent  string
		perSubject int64
		atMost     int64
	}{
		{"short user agent, one session a subject", "curl/8.5.0", 1, 560},
		{"short user agent, two sessions a subject", "curl/8.5.0", 2, 460},
		{"user agent of 120 bytes, one session a subject", strings.Repeat("Mozilla/5.0 ", 10), 1, 720},
		{"user agent of 120 bytes, two sessions a subject", strings.Repeat("Mozilla/5.0 ", 10), 2, 620},
	} {
		t.Run(c.name, func(t *testing.T) {
			rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
			s := newStore(t, rdb, redisstore.Options{Timeout: patience})
			login(t, s, "first")
			const sessions = 6000                                                      // of tables that double at 8192 or 16384
			inParallel(t, 64, func(int) error { return s.Ping(context.Background()) }) // opens the connections
			before := usedMemory(t, rdb)
			inParallel(t, sessions, func(i int) error {
				l := loginOf(fmt.Sprintf("user-%06d", int64(i)/c.perSubject))
				l.UserAgent = c.userAgent
				created, err := s.Create(context.Background(), l)
				if err != nil {
					return err
				}
				_, err = s.Rotate(context.Background(), session.Rotation{
					ID: created.Session.ID, Generation: 1, IdleTTL: idleTTL, Grace: grace, Retain: retain,
					IP: l.IP, UserAgent: l.UserAgent,
				})
				return err
			})
			size := (usedMemory(t, rdb) - before) / sessions
			t.Logf("%d bytes a session", size)
			if size > c.atMost {
				t.Errorf("%d bytes a session, want at most %d", size, c.atMost)
			}
		})
	}
}

func TestMemoryOfALogLine(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{Timeout: patience})
	const lines = 10000
	inParallel(t, lines, func(i int) error {
		_, err := s.Revoke(context.Background(), session.Revocation{
			Kind: session.KindSession, ID: session.NewID(stateOf(t, s, session.Session{}).Now, 0), Retain: retain,
		})
		return err
	})
	size := rdb.MemoryUsage(context.Background(), "ginauth:{0}:log", 0).Val() / lines
	t.Logf("%d bytes a line", size)
	if size > maxLineBytes {
		t.Errorf("%d bytes a line of the log, want at most %d", size, maxLineBytes)
	}
}

func usedMemory(t *testing.T, rdb redis.UniversalClient) int64 {
	t.Helper()
	var n int64
	if _, err := fmt.Sscan(rdb.InfoMap(context.Background(), "memory").Val()["Memory"]["used_memory"], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func inParallel(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := worker; i < n; i += 16 {
				if err := f(i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
