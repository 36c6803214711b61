package redistest

import (
	"os"
	"sync"
	"testing"
)

// Lasting is a source of testing.TB for servers that many tests share. Cleanups run in
// [Lasting.Close], called from TestMain, instead of at the end of the first test.
type Lasting struct {
	mu       sync.Mutex
	cleanups []func()
}

// For returns a testing.TB for the test that starts a server: failures are reported to that
// test.
func (l *Lasting) For(t testing.TB) testing.TB { return &lastingTB{TB: t, l: l} }

// Close runs the cleanups in reverse order.
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

// Cleanup registers f with the [Lasting].
func (t *lastingTB) Cleanup(f func()) {
	t.l.mu.Lock()
	defer t.l.mu.Unlock()
	t.l.cleanups = append(t.l.cleanups, f)
}

// TempDir returns a folder that lasts until [Lasting.Close].
func (t *lastingTB) TempDir() string {
	dir, err := os.MkdirTemp("", "redistest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
