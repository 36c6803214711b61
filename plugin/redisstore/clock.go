package redisstore

import (
	"sync"
	"time"
)

// Limits of an estimate of the server's clock.
const (
	clockFresh = 30 * time.Second // an older estimate is replaced, since clocks drift apart
	clockJump  = time.Second      // a larger difference means that a clock was set
)

// clock estimates a server's clock from its replies. The time in a reply is always a little old
// when it arrives, so of several estimates the one furthest ahead is the best. It is never ahead
// of the server.
type clock struct {
	mu     sync.Mutex
	server time.Time // time of the server at the moment local
	local  time.Time // monotonic clock of this process
}

// observe records the time in a reply that has just arrived.
func (c *clock) observe(ms int64) {
	server, local := time.UnixMilli(ms), time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	age := local.Sub(c.local)
	lead := server.Sub(c.server.Add(age))
	if c.local.IsZero() || lead > 0 || lead < -clockJump || age > clockFresh {
		c.server, c.local = server, local
	}
}

// now returns the estimated time of the server. ok is false if there is no estimate, or only an
// old one.
func (c *clock) now() (t time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := time.Since(c.local)
	return c.server.Add(age), !c.local.IsZero() && age <= clockFresh
}
