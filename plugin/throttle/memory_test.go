package throttle_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func TestMemoryForgetsWhoHasNotFailedForAWindow(t *testing.T) {
	t.Parallel()
	limiter, clock := limited(t)
	for i := range 1000 {
		fail(t, limiter, fmt.Sprintf("user%d", i), "192.0.2.1")
	}
	if known := limiter.Known(); known != 1001 {
		t.Errorf("%d names and addresses, want 1001", known)
	}
	clock.Add(time.Minute)
	if _, err := limiter.Begin(t.Context(), "alice", owner); err != nil {
		t.Fatal(err)
	}
	if known := limiter.Known(); known != 0 {
		t.Errorf("%d are remembered for nothing", known)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	limiter, clock := limited(t)
	fail(t, limiter, "first", "192.0.2.1")
	for i := range 60_000 {
		clock.Add(time.Microsecond)
		fail(t, limiter, fmt.Sprintf("user%d", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if known := limiter.Known(); known != 100_000 {
		t.Errorf("%d names and addresses, want 100000", known)
	}
	r := rig{limiter, clock, true}
	for range rate.Times { // the oldest was forgotten, the newest was not
		r.wrong(t, "first", "192.0.2.1")
	}
	for range rate.Times - 1 {
		r.wrong(t, "user59999", "10.0.234.95")
	}
	r.throttled(t, "user59999", "10.0.234.95", time.Minute)
}

func limited(t *testing.T) (*throttle.MemoryLimiter, *authtest.Clock) {
	t.Helper()
	limiter, err := throttle.Memory(rate)
	if err != nil {
		t.Fatal(err)
	}
	clock := authtest.NewClock()
	limiter.SetClock(clock.Now)
	return limiter, clock
}

func fail(t *testing.T, limiter *throttle.MemoryLimiter, name, addr string) {
	t.Helper()
	if _, err := limiter.End(t.Context(), name, addr, true); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMemoryLogin(b *testing.B) {
	limiter, err := throttle.Memory(rate)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = limiter.Begin(b.Context(), "alice", owner) // never fail
		_, _ = limiter.End(b.Context(), "alice", owner, false)
	}
}
