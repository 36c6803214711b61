package redisstore

import (
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Limits of an estimate of the server's clock.
const (
	clockFresh = 30 * time.Second // an older estimate is replaced, since clocks drift apart
	clockJump  = time.Second      // a larger difference means that a clock was set

	// clockNoise is how much better than the one before an estimate may be without a cause.
	clockNoise = 10 * time.Millisecond
)

// clock estimates a server's clock from its replies. The time in a reply is always a little old
// when it arrives, so of several estimates the one furthest ahead is the best. It is not ahead of
// the server, unless its clock was set back since, or another server has taken over: then by at
// most clockJump.
type clock struct {
	mu     sync.Mutex
	server time.Time // time of the server at the moment local
	local  time.Time // monotonic clock of this process
	stale  bool      // the next reply replaces the estimate

	// The last time that the estimate was set forward, by the clock of this process, and by how
	// much: from then on the server may be another one, whose clock is ahead.
	forward time.Time
	by      time.Duration
}

// observe records the time, in us, in a reply that has just arrived.
func (c *clock) observe(us int64) {
	server, local := time.UnixMicro(us), time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	age := local.Sub(c.local)
	lead := server.Sub(c.server.Add(age))
	if c.local.IsZero() || c.stale || lead > 0 || lead < -clockJump || age > clockFresh {
		c.noteForward(local, lead)
		c.server, c.local, c.stale = server, local, false
	}
}

// noteForward records that a new estimate is ahead of the old one. Several such steps add up.
func (c *clock) noteForward(local time.Time, lead time.Duration) {
	if c.local.IsZero() || lead <= clockNoise {
		return
	}
	if local.Sub(c.forward) > session.Afterlife { // no login takes longer
		c.by = 0
	}
	c.forward, c.by = local, c.by+lead
}

// at returns the time of the server at a moment of this process's clock, or an earlier one.
func (c *clock) at(moment time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.server.Add(moment.Sub(c.local))
	if moment.Before(c.forward) {
		t = t.Add(-c.by)
	}
	return t
}

// now returns the estimated time of the server. ok is false if there is no estimate, or only an
// old one.
func (c *clock) now() (t time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := time.Since(c.local)
	return c.server.Add(age), !c.local.IsZero() && !c.stale && age <= clockFresh
}

// forget makes the next reply replace the estimate: it may come from another server.
func (c *clock) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = true
}

// now returns the shard's time, by which the age of sessions is judged. The shard must be
// ready.
func (s *Store) now(n uint8) time.Time {
	if s.fakeNow != nil {
		return s.fakeNow()
	}
	t, _ := s.shards[n].clock.now()
	return t
}

// ms is now in milliseconds.
func (s *Store) ms(n uint8) int64 { return s.now(n).UnixMilli() }

// translate returns a moment that [Store.Now] told on the server's clock, and how long ago it
// was, both in us. The moment is not later than the true time there, unless another server has
// taken over unnoticed whose clock is behind: the script then goes by how long ago it was.
func (s *Store) translate(moment time.Time, n uint8) (us, ago int64) {
	if s.fakeNow != nil {
		return moment.UnixMicro(), 0
	}
	return s.shards[n].clock.at(moment).UnixMicro(), time.Since(moment).Microseconds()
}
