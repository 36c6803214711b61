package storetest

import (
	"sync/atomic"
	"time"
)

// Clock is the time of the suite. It moves when it is told to, by whole
// milliseconds. Safe for concurrent use.
type Clock struct{ ms atomic.Int64 }

// NewClock makes a clock that stands an hour ahead of the machine's, so that a
// server which drops expired keys by the time of the machine drops none early.
func NewClock() *Clock {
	c := &Clock{}
	c.ms.Store(time.Now().Add(time.Hour).UnixMilli())
	return c
}

// Now is the time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()) }

// Advance moves the clock forward; less than a millisecond is nothing.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// AdvanceTo moves the clock to t unless it is there already.
func (c *Clock) AdvanceTo(t time.Time) {
	if d := t.Sub(c.Now()); d > 0 {
		c.Advance(d)
	}
}
