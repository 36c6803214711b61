package redisx_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

func TestBoundedGivesUpOnACallThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	deaf := func(context.Context) (int, error) { <-release; return 7, nil }
	if _, err := redisx.Bounded(t.Context(), time.Millisecond, deaf); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the time: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := redisx.Bounded(ctx, time.Hour, deaf); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
}

func TestBoundedReturnsTheResult(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	v, err := redisx.Bounded(t.Context(), time.Hour, func(ctx context.Context) (int, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the call has no deadline")
		}
		return 7, failed
	})
	if v != 7 || !errors.Is(err, failed) {
		t.Errorf("%d, %v", v, err)
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	for prefix, fit := range map[string]bool{
		"ginauth": true, "my-app:v1_2.x": true, strings.Repeat("p", 64): true,
		"": false, strings.Repeat("p", 65): false, "a b": false, "{a}": false, "a*": false, "ä": false, "a\n": false,
	} {
		if redisx.FitPrefix(prefix) != fit {
			t.Errorf("%q: want %v", prefix, fit)
		}
	}
}

func TestNoncesDifferAndHoldNoSpace(t *testing.T) {
	t.Parallel()
	a, b := redisx.Nonce(), redisx.Nonce()
	if a == b || len(a) != 11 || strings.ContainsAny(a+b, " \n") {
		t.Errorf("%q, %q", a, b)
	}
}

func TestOverride(t *testing.T) {
	t.Parallel()
	if got := redisx.Override(nil); got != "" {
		t.Errorf("no clock: %q", got)
	}
	if got := redisx.Override(func() time.Time { return time.UnixMilli(1234) }); got != "1234" {
		t.Errorf("got %q", got)
	}
}
