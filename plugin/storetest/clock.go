package storetest

import (
	"sync/atomic"
	"time"
)

// Clock is the clock of the suite. It moves only by its methods. It is safe for concurrent use.
type Clock struct{ us atomic.Int64 }

// NewClock makes a clock that is an hour ahead of the machine's clock, at a whole millisecond. A
// server that drops expired keys by the machine's clock then drops none of them early.
func NewClock() *Clock {
	c := &Clock{}
	c.us.Store(time.Now().Add(time.Hour).Truncate(time.Millisecond).UnixMicro())
	return c
}

// Now returns the time.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.us.Load()) }

// Advance moves the clock forward. It ignores fractions of a microsecond. The cases leave the
// clock at a whole millisecond.
func (c *Clock) Advance(d time.Duration) { c.us.Add(d.Microseconds()) }

// AdvanceTo moves the clock forward to t. It does nothing if the clock is there or later.
func (c *Clock) AdvanceTo(t time.Time) {
	if d := t.Sub(c.Now()); d > 0 {
		c.Advance(d)
	}
}

// settle moves the clock forward to a whole millisecond.
func (c *Clock) settle() {
	if part := c.us.Load() % 1000; part > 0 {
		c.us.Add(1000 - part)
	}
}
