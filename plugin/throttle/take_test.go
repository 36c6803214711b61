package throttle_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

var (
	_ ginauth.UserLimiter = (*throttle.MemoryLimiter)(nil)
	_ ginauth.UserLimiter = (*throttle.RedisLimiter)(nil)
)

func (r rig) take(t *testing.T, user string, want time.Duration) {
	t.Helper()
	wait, err := r.LoginLimiter.(ginauth.UserLimiter).Take(t.Context(), user)
	if err != nil || wait != want {
		t.Errorf("%q waits %v, %v; want %v", user, wait, err, want)
	}
}

func TestAUserTakesNoMoreTurnsThanAllowed(t *testing.T) {
	everywhere(t, func(t *testing.T, r rig) {
		for range rate.Times {
			r.take(t, "alice", 0)
			r.clock.Add(10 * time.Second)
		}
		r.take(t, "alice", 30*time.Second)
		r.take(t, "bob", 0)
		r.clock.Add(30*time.Second - time.Millisecond)
		r.take(t, "alice", time.Millisecond) // asking did not make it longer
		r.clock.Add(time.Millisecond)
		r.take(t, "alice", 0)
		r.take(t, "alice", 10*time.Second)
	})
}

func TestTurnsAreNoFailedLogins(t *testing.T) {
	everywhere(t, func(t *testing.T, r rig) {
		for range rate.Times {
			r.take(t, "alice", 0)
		}
		r.right(t, "alice", "alice")
		for range rate.Times {
			r.wrong(t, "bob", "bob")
		}
		r.take(t, "bob", 0)
	})
}

func TestTurnsTakenAtOnceAreCounted(t *testing.T) {
	everywhere(t, func(t *testing.T, r rig) {
		var all sync.WaitGroup
		var served atomic.Int64
		for range 20 {
			all.Go(func() {
				if wait, err := r.LoginLimiter.(ginauth.UserLimiter).Take(t.Context(), "alice"); err == nil && wait == 0 {
					served.Add(1)
				}
			})
		}
		all.Wait()
		if served.Load() != int64(rate.Times) {
			t.Errorf("%d of 20, want %d", served.Load(), rate.Times)
		}
	})
}

// Two nodes in the middle of a deploy: the one with the shorter window must not forget what the
// other still counts.
func TestAShorterWindowForgetsNothingForALongerOne(t *testing.T) {
	t.Parallel()
	for name, addr := range map[string]string{"miniredis": redistest.Mini(t).Addr(), "redis": redistest.Single(t).Addr()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rdb := redistest.Client(t, addr, nil)
			long := inRedis(t, rdb)
			quick, err := throttle.Redis(rdb, "test", throttle.Rate{Times: 1, Window: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			quick.Patient()
			quick.SetClock(long.clock.Now)
			short := rig{quick, long.clock, false}
			for range rate.Times {
				long.wrong(t, "alice", attacker)
			}
			for range 10 {
				long.clock.Add(2 * time.Second)
				short.wrong(t, "alice", attacker)
			}
			if ttl := rdb.PTTL(t.Context(), allKeys(t, rdb)[0]).Val(); ttl <= 50*time.Second || ttl > time.Minute {
				t.Errorf("the key expires in %v", ttl)
			}
			if checked, _ := long.login(t, "alice", attacker, true); checked {
				t.Error("the password was checked, although the failures are 20 s old")
			}
			long.clock.Add(time.Minute)
			long.right(t, "alice", attacker)
		})
	}
}

// The other way round: the failures were counted by the node with the shorter window, before the
// one with the longer window first asks.
func TestAFailureLivesAsLongAsTheLongestWindowThatAsks(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), nil)
	long := inRedis(t, rdb)
	quick, err := throttle.Redis(rdb, "test", throttle.Rate{Times: 100, Window: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	quick.Patient()
	quick.SetClock(long.clock.Now)
	short := rig{quick, long.clock, false}
	for range rate.Times {
		short.wrong(t, "alice", attacker)
	}
	long.throttled(t, "alice", attacker, time.Minute)
	for range 3 {
		long.clock.Add(10 * time.Second)
		short.right(t, "alice", attacker)
	}
	long.throttled(t, "alice", attacker, 30*time.Second)
}
