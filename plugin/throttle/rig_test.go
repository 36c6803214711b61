package throttle_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

var (
	_ ginauth.LoginLimiter = (*throttle.MemoryLimiter)(nil)
	_ ginauth.LoginLimiter = (*throttle.RedisLimiter)(nil)
)

// rate allows few failures, so that tests are short.
var rate = throttle.Rate{Times: 3, Window: time.Minute}

// rig is a limiter with a clock that stands still.
type rig struct {
	ginauth.LoginLimiter
	clock  *authtest.Clock
	atomic bool // name and address are counted in one step
}

// everywhere runs a test on every kind of limiter.
func everywhere(t *testing.T, test func(*testing.T, rig)) {
	t.Helper()
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, inMemory(t, rate))
	})
	t.Run("miniredis", func(t *testing.T) {
		t.Parallel()
		test(t, inRedis(t, redistest.Client(t, redistest.Mini(t).Addr(), nil)))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, inRedis(t, redistest.Client(t, redistest.Single(t).Addr(), nil)))
	})
}

func inMemory(t *testing.T, rate throttle.Rate) rig {
	t.Helper()
	limiter, err := throttle.Memory(rate)
	if err != nil {
		t.Fatal(err)
	}
	clock := authtest.NewClock()
	limiter.SetClock(clock.Now)
	return rig{limiter, clock, true}
}

func inRedis(t *testing.T, rdb redis.UniversalClient) rig {
	t.Helper()
	limiter := onServerTime(t, rdb)
	limiter.Patient()
	clock := authtest.NewClock()
	limiter.SetClock(clock.Now)
	return rig{limiter, clock, false}
}

func onServerTime(t *testing.T, rdb redis.UniversalClient) *throttle.RedisLimiter {
	t.Helper()
	limiter, err := throttle.Redis(rdb, "test", rate)
	if err != nil {
		t.Fatal(err)
	}
	return limiter
}

// login makes one attempt as ginauth does. It returns whether the password was checked, and the
// wait that the client sees.
func (r rig) login(t *testing.T, name, addr string, right bool) (checked bool, wait time.Duration) {
	t.Helper()
	wait, err := r.Begin(t.Context(), name, addr)
	if err != nil {
		t.Fatal(err)
	}
	if wait > 0 {
		return false, wait
	}
	wait, err = r.End(t.Context(), name, addr, !right)
	if err != nil {
		t.Fatal(err)
	}
	return true, wait
}

// wrong fails once and expects the answer to a wrong password.
func (r rig) wrong(t *testing.T, name, addr string) {
	t.Helper()
	if checked, wait := r.login(t, name, addr, false); !checked || wait != 0 {
		t.Errorf("a wrong password for %q from %s: checked %v, wait %v", name, addr, checked, wait)
	}
}

// right logs in and expects success.
func (r rig) right(t *testing.T, name, addr string) {
	t.Helper()
	if checked, wait := r.login(t, name, addr, true); !checked || wait != 0 {
		t.Errorf("the right password for %q from %s: checked %v, wait %v", name, addr, checked, wait)
	}
}

// throttled expects an attempt to be refused for this long without a password check.
func (r rig) throttled(t *testing.T, name, addr string, want time.Duration) {
	t.Helper()
	if checked, wait := r.login(t, name, addr, true); checked || wait != want {
		t.Errorf("%q from %s: checked %v, wait %v, want %v", name, addr, checked, wait, want)
	}
}
