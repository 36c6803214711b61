package redisstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxLineBytes is the most memory that a line of the log may take.
const maxLineBytes = 80

// expiryBytes is the memory that Redis 7 uses for the expiry of one key, which MEMORY USAGE
// leaves out: an entry of 24 bytes and, on average, a slot and a half of 8.
const expiryBytes = 36

// The memory of a refreshed session, with its share of the subject's list and keys.
func TestMemoryOfALiveSession(t *testing.T) {
	t.Parallel()
	browser := strings.Repeat("Mozilla/5.0 ", 10)
	for _, c := range []struct {
		name       string
		userAgent  string
		perSubject int64
		atMost     int64
	}{
		{"short user agent, one session a subject", "curl/8.5.0", 1, 400},
		{"short user agent, two sessions a subject", "curl/8.5.0", 2, 400},
		{"user agent of 120 bytes, one session a subject", browser, 1, 660},
		{"user agent of 120 bytes, two sessions a subject", browser, 2, 560},
	} {
		t.Run(c.name, func(t *testing.T) {
			rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
			s := newStore(t, rdb, redisstore.Options{Timeout: patience})
			const sessions = 10000
			inParallel(t, sessions, func(i int) error {
				l := loginOf(fmt.Sprintf("user-%06d", int64(i)/c.perSubject))
				l.UserAgent = c.userAgent
				created, err := s.Create(context.Background(), l)
				if err != nil {
					return err
				}
				_, err = s.Rotate(context.Background(), session.Rotation{
					ID: created.Session.ID, Generation: 1, IdleTTL: idleTTL, Grace: grace, TokenEnd: time.Now().Add(retain),
					IP: l.IP, UserAgent: l.UserAgent,
				})
				return err
			})
			size := keyBytes(t, rdb) / sessions
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
	inParallel(t, lines, func(int) error {
		_, err := s.Revoke(context.Background(), session.Revocation{
			Kind: session.KindSession, ID: session.NewID(time.Now(), 0), Until: time.Now().Add(retain),
		})
		return err
	})
	size := rdb.MemoryUsage(context.Background(), "ginauth:{0}:log", 0).Val() / lines
	t.Logf("%d bytes a line", size)
	if size == 0 || size > maxLineBytes {
		t.Errorf("%d bytes a line of the log, want at most %d", size, maxLineBytes)
	}
}

// keyBytes returns the memory of all sessions and subjects.
func keyBytes(t *testing.T, rdb redis.UniversalClient) int64 {
	t.Helper()
	ctx := context.Background()
	pipe := rdb.Pipeline()
	var sizes []*redis.IntCmd
	for _, kind := range []string{"s", "l"} {
		for _, key := range rdb.Keys(ctx, "*:"+kind+":*").Val() {
			sizes = append(sizes, pipe.MemoryUsage(ctx, key, 0))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, size := range sizes {
		sum += size.Val() + expiryBytes
	}
	return sum
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
