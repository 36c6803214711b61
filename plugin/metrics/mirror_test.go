package metrics_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// newMirror makes a mirror whose clock stands still, so that its lag stays 0.
func newMirror(t *testing.T) *mirror.Mirror {
	t.Helper()
	now := time.Now()
	m, err := mirror.New(memstore.New(), mirror.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

func TestMirrorGaugesFollowTheMirror(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	collector := metrics.New(metrics.Mirror(m))
	wantLines(t, scrape(t, collector), "ginauth_mirror_in_step 0", "ginauth_mirror_lag_seconds 0", "ginauth_mirror_entries 0")
	for end := time.Now().Add(10 * time.Second); !m.Ready(); {
		if time.Now().After(end) {
			t.Fatal(m.Status())
		}
	}
	if _, err := m.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0), Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, scrape(t, collector), "ginauth_mirror_in_step 1", "ginauth_mirror_lag_seconds 0", "ginauth_mirror_entries 1")
}

func TestWithoutAMirrorThereAreNoGaugesOfOne(t *testing.T) {
	t.Parallel()
	if text := scrape(t, metrics.New(metrics.Mirror(nil))); strings.Contains(text, "ginauth_mirror") {
		t.Error(text)
	}
}
