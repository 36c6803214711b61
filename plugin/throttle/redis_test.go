package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func TestNodesShareTheCounts(t *testing.T) {
	t.Parallel()
	addr := redistest.Single(t).Addr()
	var nodes []rig
	for range 2 {
		nodes = append(nodes, rig{LoginLimiter: onServerTime(t, redistest.Client(t, addr, nil))})
	}
	for i := range rate.Times {
		nodes[i%2].wrong(t, "alice", attacker)
	}
	for _, node := range nodes {
		wait, err := node.Begin(t.Context(), "alice", attacker)
		if err != nil || wait <= time.Minute-5*time.Second || wait > time.Minute {
			t.Errorf("wait %v, %v", wait, err)
		}
	}
	nodes[1].right(t, "alice", owner)
}

func TestClusterTakesTheScripts(t *testing.T) {
	t.Parallel()
	cluster := redistest.Cluster(t)
	r := inRedis(t, cluster.Client(t, nil))
	for i := range 20 { // names in slots of every node
		name, addr := fmt.Sprintf("user%d", i), fmt.Sprintf("10.0.0.%d", i)
		for range rate.Times {
			r.wrong(t, name, addr)
		}
		r.throttled(t, name, addr, time.Minute)
		r.right(t, name, owner)
	}
}

// Redis must hold neither names nor addresses, nor anything for ever.
func TestKeysAreHashesThatExpire(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), nil)
	r := rig{LoginLimiter: onServerTime(t, rdb)}
	r.right(t, "bob", owner)
	if keys := allKeys(t, rdb); len(keys) != 0 {
		t.Errorf("a success left %q", keys)
	}
	r.wrong(t, "alice@example.com", attacker)
	r.wrong(t, strings.Repeat("x", 100_000), "2001:db8::1")
	keys := allKeys(t, rdb)
	if len(keys) != 4 {
		t.Errorf("keys %q", keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "test:throttle:") || len(key) != len("test:throttle:")+22 {
			t.Errorf("key %q", key)
		}
		if ttl := rdb.PTTL(t.Context(), key).Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("%s expires in %v", key, ttl)
		}
		for _, member := range rdb.ZRange(t.Context(), key, 0, -1).Val() {
			if strings.Contains(member, "alice") || strings.Contains(member, attacker) {
				t.Errorf("%s holds %q", key, member)
			}
		}
	}
}

func allKeys(t *testing.T, rdb redis.UniversalClient) []string {
	t.Helper()
	keys, err := rdb.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// resender sends every pipeline twice, as go-redis does after a lost reply.
type resender struct{}

func (resender) DialHook(next redis.DialHook) redis.DialHook { return next }

func (resender) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (resender) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return errors.Join(next(ctx, cmds), next(ctx, cmds))
	}
}

func TestFailureThatIsSentTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), func(o *redis.UniversalOptions) { redisx.OfUniversal(o).Tune(redisx.DefaultLife) })
	r := inRedis(t, rdb)
	r.wrong(t, "bob", owner) // the server now knows the script
	rdb.AddHook(resender{})
	for range rate.Times {
		r.wrong(t, "alice", attacker)
	}
	r.throttled(t, "alice", attacker, time.Minute)
}

func TestServerThatForgetsTheScriptIsSentItAgain(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), nil)
	r := inRedis(t, rdb)
	for range rate.Times {
		if err := rdb.ScriptFlush(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		r.wrong(t, "alice", attacker)
	}
	r.throttled(t, "alice", attacker, time.Minute)
}

// A clock that was set back a day must not throttle anyone for a day.
func TestClockSetBackLocksNobodyOut(t *testing.T) {
	t.Parallel()
	r := inRedis(t, redistest.Client(t, redistest.Single(t).Addr(), nil))
	for range rate.Times {
		r.wrong(t, "alice", attacker)
	}
	r.clock.Add(-30 * time.Second)
	r.throttled(t, "alice", attacker, time.Minute) // no longer than a window
	r.clock.Add(-24 * time.Hour)
	r.right(t, "alice", attacker)
}

func TestRateThatIsLoweredHoldsForOldFailures(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), nil)
	r := inRedis(t, rdb)
	for range rate.Times {
		r.wrong(t, "alice", attacker)
		r.clock.Add(10 * time.Second)
	}
	lower, err := throttle.Redis(rdb, "test", throttle.Rate{Times: 1, Window: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	lower.SetClock(r.clock.Now)
	rig{lower, r.clock, false}.throttled(t, "alice", attacker, 50*time.Second) // until the last is old
}

func TestSilentRedisIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	limiter := onServerTime(t, redistest.Client(t, server.Addr(), nil)) // go-redis's own limits
	r := rig{LoginLimiter: limiter}
	r.wrong(t, "alice", attacker)
	server.Pause()
	defer server.Resume()
	for _, step := range []func() (time.Duration, error){
		func() (time.Duration, error) { return limiter.Begin(t.Context(), "alice", owner) },
		func() (time.Duration, error) { return limiter.End(t.Context(), "alice", owner, true) },
	} {
		begin := time.Now()
		if _, err := step(); !errors.Is(err, throttle.ErrUnavailable) {
			t.Errorf("%v, want ErrUnavailable", err)
		}
		if took := time.Since(begin); took > 1500*time.Millisecond {
			t.Errorf("took %v", took)
		}
	}
}

// The old master stays up, answers, and takes no writes: without a look at the address from time
// to time nobody could log in until a restart.
func TestAnAddressThatMovesIsFollowed(t *testing.T) {
	t.Parallel()
	old, fresh := redistest.Real(t), redistest.Real(t)
	address := redistest.NewProxy(t, old.Addr())
	r := rig{LoginLimiter: onServerTime(t, redistest.Client(t, address.Addr(), nil))}
	r.wrong(t, "alice", attacker)
	admin := redistest.Client(t, old.Addr(), nil)
	if err := admin.ConfigSet(t.Context(), "min-replicas-to-write", "1").Err(); err != nil {
		t.Fatal(err)
	}
	address.Forward(fresh.Addr())
	moved := time.Now()
	for {
		_, err := r.End(t.Context(), "alice", attacker, true)
		if err == nil {
			break
		}
		if time.Since(moved) > redisx.DefaultLife {
			t.Fatalf("%v after the move: %v", time.Since(moved), err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if keys := allKeys(t, redistest.Client(t, fresh.Addr(), nil)); len(keys) != 2 {
		t.Errorf("the new server has %q", keys)
	}
}

func TestDeadRedisIsUnavailableAndHeals(t *testing.T) {
	t.Parallel()
	mini := redistest.Mini(t)
	limiter := onServerTime(t, redistest.Client(t, mini.Addr(), nil))
	mini.SetError("LOADING Redis is loading the dataset in memory")
	if _, err := limiter.Begin(t.Context(), "alice", owner); !errors.Is(err, throttle.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	if _, err := limiter.End(t.Context(), "alice", owner, false); !errors.Is(err, throttle.ErrUnavailable) {
		t.Errorf("%v, want ErrUnavailable", err)
	}
	mini.SetError("")
	rig{LoginLimiter: limiter}.right(t, "alice", owner)
}

func TestBadArgumentsAreRefused(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, "127.0.0.1:1", nil) // no call is made
	for _, bad := range []redis.UniversalClient{nil, (*redis.Client)(nil), struct{ redis.UniversalClient }{rdb}} {
		if _, err := throttle.Redis(bad, "test", rate); err == nil {
			t.Errorf("took %T", bad)
		}
	}
	for _, prefix := range []string{"", "a b", "{a}", strings.Repeat("x", 65)} {
		if _, err := throttle.Redis(rdb, prefix, rate); err == nil {
			t.Errorf("took the prefix %q", prefix)
		}
	}
	for _, bad := range slices.Concat(badRates, []throttle.Rate{{}}) {
		_, redisErr := throttle.Redis(rdb, "test", bad)
		_, memoryErr := throttle.Memory(bad)
		if redisErr == nil || memoryErr == nil {
			t.Errorf("%v: %v, %v", bad, redisErr, memoryErr)
		}
	}
}
