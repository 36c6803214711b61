//go:build unix

package faulttest_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// beginnings are the kinds of operations that a full Redis refuses.
var beginnings = []history.Kind{history.Login, history.Refresh}

// endings and checks go on.
var endings = []history.Kind{
	history.Use, history.Reuse, history.Logout, history.RevokeToken, history.RevokeSubject, history.RevokeAll,
}

func TestRedisIsFull(t *testing.T) {
	t.Parallel()
	w := one(t)
	defer w.judge()
	for range rounds() {
		w.full(history.Fault{Name: "Redis is full", Spares: endings}, w.revokeAll)
		w.full(history.Fault{Name: "a full Redis loses its data", Loses: true}, w.loseSessions)
		w.replaced(w.anyNode()) // a new node knows only what the other nodes wrote back to Redis
	}
	w.wantFull()
	w.wantHealing()
}

// full fills Redis with the keys of others, calls f, and keeps Redis full for a while.
func (w *world) full(f history.Fault, then func()) {
	w.t.Helper()
	rdb := redistest.Client(w.t, w.server.Addr(), nil)
	ctx, cancel := context.WithCancel(w.t.Context())
	var task sync.WaitGroup
	w.fault(f, false, 0, func() {
		w.server.Configure(w.t, "maxmemory", strconv.FormatInt(memory(w.t, rdb)+4<<20, 10))
		stuff(ctx, w.t, rdb)
		task.Go(func() {
			for ctx.Err() == nil {
				stuff(ctx, w.t, rdb)
				time.Sleep(10 * time.Millisecond)
			}
		})
		time.Sleep(outage() / 2)
		then()
		time.Sleep(outage())
	}, func() {
		cancel()
		task.Wait()
		w.server.Configure(w.t, "maxmemory", "0")
		w.drop(rdb, "stuff:*")
	})
}

func (w *world) loseSessions() {
	w.drop(redistest.Client(w.t, w.server.Addr(), nil), "ginauth:*")
}

// drop deletes all keys of a pattern in one step, so that no part of them is left for a while.
func (w *world) drop(rdb redis.UniversalClient, pattern string) {
	const script = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end"
	if err := rdb.Eval(context.Background(), script, nil, pattern).Err(); err != nil && !strings.Contains(err.Error(), "nil") {
		w.t.Error(err)
	}
}

// stuff writes keys until Redis refuses the smallest.
func stuff(ctx context.Context, t testing.TB, rdb redis.UniversalClient) {
	for size := 64 << 10; size >= 16; {
		key := "stuff:" + strconv.FormatInt(time.Now().UnixNano(), 36)
		switch err := rdb.Set(ctx, key, strings.Repeat("x", size), 0).Err(); {
		case err == nil:
		case ctx.Err() != nil:
			return
		case redis.HasErrorPrefix(err, "OOM"):
			size /= 4
		default:
			t.Error(err)
			return
		}
	}
}

// memory returns how much memory Redis uses.
func memory(t testing.TB, rdb redis.UniversalClient) int64 {
	t.Helper()
	for line := range strings.Lines(rdb.Info(context.Background(), "memory").Val()) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("Redis does not say how much memory it uses")
	return 0
}

// wantFull fails the test unless logins were refused, and sessions ended, while Redis was full.
func (w *world) wantFull() {
	w.t.Helper()
	h := w.rec.History()
	did := func(status int, kinds []history.Kind) bool {
		return slices.ContainsFunc(h.Ops, func(o history.Op) bool {
			return o.Status == status && slices.Contains(kinds, o.Kind) && slices.ContainsFunc(h.Faults, func(f history.Fault) bool {
				return len(f.Spares) > 0 && f.From < o.Began && o.Ended < f.To
			})
		})
	}
	if !did(http.StatusServiceUnavailable, beginnings[:1]) {
		w.t.Error("no login was refused: Redis was not full")
	}
	if !did(http.StatusOK, []history.Kind{history.Logout}) {
		w.t.Error("nobody logged out while Redis was full")
	}
}
