package redisstore

import (
	"sync"
	"time"
)

// What an estimate of the server's clock is trusted for.
const (
	clockFresh = 30 * time.Second // then it is taken anew, lest the clocks drift apart
	clockJump  = time.Second      // a reply that is off by more shows that a clock was set
)

// clock estimates a server's clock from its replies. A reply is always older than
// it seems, by its way home, so of several the estimate that is furthest ahead is
// the best, and it is never ahead of the server.
type clock struct {
	mu     sync.Mutex
	server time.Time // what the server's clock said...
	local  time.Time // ...when this process's clock, which does not jump, said this
}

// observe takes note of a reply that has just come.
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

// now is the server's time, as far as is known; ok is false if that is nothing, or
// too old.
func (c *clock) now() (t time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := time.Since(c.local)
	return c.server.Add(age), !c.local.IsZero() && age <= clockFresh
}
