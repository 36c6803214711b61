package storetest

import (
	"sync/atomic"
	"time"
)

// Clock is the clock of the suite. It moves only by its methods, in whole milliseconds. It is
// safe for concurrent use.
type Clock struct{ ms atomic.Int64 }

// NewClock makes a clock that is an hour ahead of the machine's clock. A server that drops
// expired keys by the machine's clock then drops none of them early.
func NewClock() *Clock {
	c := &Clock{}
	c.ms.Store(time.Now().Add(time.Hour).UnixMilli())
	return c
}

// Now returns the time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Advance moves the clock forward. It ignores fractions of a millisecond.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// AdvanceTo moves the clock forward to t. It does nothing if the clock is there or later.
func (c *Clock) AdvanceTo(t time.Time) {
	if d := t.Sub(c.Now()); d > 0 {
		c.Advance(d)
	}
}
