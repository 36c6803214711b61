package redisstore_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

var crowd = flag.Int("crowd", 10_000, "sessions of the one user of TestManySessionsOfOneUserKeepNobodyWaiting")

// longStep is far above the 5 ms that a step may take: on a machine with much to do, a step takes
// as long as the server is kept from running. A step that walks through all sessions also takes
// most of the time of what it is for.
const longStep = 500 * time.Millisecond

// One user has very many sessions. No step of Redis that concerns them takes long: whoever else
// asks Redis in the meantime waits for one step at most.
func TestManySessionsOfOneUserKeepNobodyWaiting(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), tunePatiently)
	s := newStore(t, rdb, redisstore.Options{Timeout: 5 * time.Second})
	ctx := context.Background()
	slow := newSlowLog(t, rdb)
	ids := make([]session.ID, *crowd)
	inParallel(t, len(ids), func(i int) error {
		created, err := s.Create(ctx, loginOf("crowd"))
		ids[i] = created.Session.ID
		return err
	})
	slow.step("begin", func() error { return nil })

	slow.step("log in at the limit", func() error {
		c := loginOf("crowd")
		c.Limit = *crowd
		created, err := s.Create(ctx, c)
		if len(created.Evicted) != 1 {
			t.Errorf("%d sessions were ended, want 1", len(created.Evicted))
		}
		return err
	})
	slow.step("log in with a lower limit", func() error {
		c := loginOf("crowd")
		c.Limit = *crowd - 500
		created, err := s.Create(ctx, c)
		if len(created.Evicted) != 501 {
			t.Errorf("%d sessions were ended, want 501", len(created.Evicted))
		}
		return err
	})
	slow.step("refresh and confirm", func() error {
		alive, err := s.List(ctx, "crowd")
		if err != nil || len(alive) != *crowd-500 {
			return fmt.Errorf("%d sessions in the list, want %d: %w", len(alive), *crowd-500, err)
		}
		uses := make([]session.Use, 0, 1000)
		for _, one := range alive[:min(1000, len(alive))] {
			uses = append(uses, session.Use{ID: one.ID, Generation: 1})
		}
		if err := s.Confirm(ctx, uses); err != nil {
			return err
		}
		_, err = s.Rotate(ctx, rotationOf(alive[0].ID, 1))
		return err
	})
	slow.step("put back 5,000 revocations", func() error {
		entries := make([]session.Entry, 5000)
		for i := range entries {
			entries[i] = session.Entry{Kind: session.KindSession, ID: session.NewID(time.Now(), 0), Until: time.Now().Add(retain)}
		}
		return s.Restore(ctx, 0, entries)
	})
	slow.step("end the user", func() error {
		n, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSubject, Subject: "crowd", Until: time.Now().Add(retain)})
		if n != *crowd-500 {
			t.Errorf("%d sessions were ended, want %d", n, *crowd-500)
		}
		return err
	})
	slow.step("log in again", func() error {
		c := loginOf("crowd")
		c.Limit = 50
		created, err := s.Create(ctx, c)
		if len(created.Evicted) != 0 {
			t.Errorf("%d sessions were ended, want none", len(created.Evicted))
		}
		return err
	})
}

// slowLog shows the longest step of Redis, as SLOWLOG has it.
type slowLog struct {
	t   *testing.T
	rdb redis.UniversalClient
}

func newSlowLog(t *testing.T, rdb redis.UniversalClient) slowLog {
	t.Helper()
	for name, value := range map[string]string{"slowlog-log-slower-than": "300", "slowlog-max-len": "5000"} {
		if err := rdb.ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	return slowLog{t, rdb}
}

// step runs f and fails if Redis was busy for too long with one command meanwhile.
func (l slowLog) step(what string, f func() error) {
	l.t.Helper()
	begun := time.Now()
	if err := f(); err != nil {
		l.t.Errorf("%s: %v", what, err)
	}
	took := time.Since(begun)
	log, err := l.rdb.SlowLogGet(l.t.Context(), -1).Result()
	if err != nil {
		l.t.Fatal(err)
	}
	var longest redis.SlowLog
	for _, one := range log {
		if one.Args[0] != "slowlog" && one.Duration >= longest.Duration {
			longest = one
		}
	}
	name := "nothing"
	if len(longest.Args) > 0 {
		name = longest.Args[0]
	}
	l.t.Logf("%-28s %8v, %4d steps above 300us, the longest %v (%s)", what, took.Round(time.Millisecond), len(log), longest.Duration, name)
	if longest.Duration > longStep && longest.Duration > took/2 {
		l.t.Errorf("%s: one step took Redis %v", what, longest.Duration)
	}
	if err := l.rdb.Do(l.t.Context(), "slowlog", "reset").Err(); err != nil {
		l.t.Fatal(err)
	}
}
