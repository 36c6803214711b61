package redistest

import (
	"os"
	"sync"
	"testing"
)

// Lasting is a testing.TB for servers that many tests share: what is cleaned up is
// cleaned up by Close, from TestMain, and not at the end of the test that was first.
type Lasting struct {
	mu       sync.Mutex
	cleanups []func()
}

// For lends it to the test that starts a server: failures are that test's.
func (l *Lasting) For(t testing.TB) testing.TB { return &lastingTB{TB: t, l: l} }

// Close cleans up, the last first.
func (l *Lasting) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.cleanups) > 0 {
		f := l.cleanups[len(l.cleanups)-1]
		l.cleanups = l.cleanups[:len(l.cleanups)-1]
		f()
	}
}

type lastingTB struct {
	testing.TB
	l *Lasting
}

// Cleanup is testing.TB's.
func (t *lastingTB) Cleanup(f func()) {
	t.l.mu.Lock()
	defer t.l.mu.Unlock()
	t.l.cleanups = append(t.l.cleanups, f)
}

// TempDir is testing.TB's.
func (t *lastingTB) TempDir() string {
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
