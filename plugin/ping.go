package ginauth

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// pingLife is how long an answer of the store counts. A check writes to every shard, and
// /readyz is open to strangers: they cause four checks a second, however often they ask.
const pingLife = 250 * time.Millisecond

// Ping returns nil if the store can serve logins, refreshes and protected routes now. It asks
// the outermost [session.Pinger] of the store chain: Redis must accept writes, and a mirror
// must be in step. A store without one counts as working. Use it for readiness checks.
//
// Calls share a check under way, and its answer for a quarter of a second, so a route that
// anybody may call can call it. Errors: [ErrUnavailable], also when ctx ends before the answer.
// Safe for concurrent use.
func (a *Auth) Ping(ctx context.Context) error {
	pinger, ok := session.As[session.Pinger](a.config.Store)
	if !ok {
		return nil
	}
	shared := a.pings.shared(pinger)
	select {
	case <-shared.done:
		return shared.err
	case <-ctx.Done():
		return refuse(ErrUnavailable, ctx.Err())
	}
}

// pings shares checks of the store between callers.
type pings struct {
	mu   sync.Mutex
	last *ping
}

// ping is one check. err and until are set when done is closed.
type ping struct {
	began time.Time
	done  chan struct{}
	err   error
	until time.Time
}

// shared returns the check that is under way or still counts, or begins one.
func (p *pings) shared(pinger session.Pinger) *ping {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil || p.last.over() {
		p.last = &ping{began: time.Now(), done: make(chan struct{})}
		go p.last.run(pinger)
	}
	return p.last
}

// over reports whether a new check may begin. A store that ignores the end of its context holds
// up one check, and not those after it.
func (p *ping) over() bool {
	select {
	case <-p.done:
		return !time.Now().Before(p.until)
	default:
		return time.Since(p.began) > 2*storeTime
	}
}

// run does not end with one of the callers, since others wait for it, too. On its own goroutine
// no middleware recovers a store that panics.
func (p *ping) run(pinger session.Pinger) {
	defer close(p.done)
	defer func() {
		if v := recover(); v != nil {
			p.err = refuse(ErrUnavailable, fmt.Errorf("the store's Ping panicked: %v", v))
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := pinger.Ping(ctx); err != nil {
		p.err = refuse(ErrUnavailable, err)
	}
	p.until = time.Now().Add(pingLife)
}
