package throttle

import "time"

// SetClock replaces the clock.
func (m *MemoryLimiter) SetClock(now func() time.Time) { m.now = now }

// SetClock replaces the server's clock.
func (r *RedisLimiter) SetClock(now func() time.Time) { r.now = now }

// Known returns the number of names and addresses with a log.
func (m *MemoryLimiter) Known() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.logs)
}

// Patient gives calls 20 s, for tests of counts on a busy machine.
func (r *RedisLimiter) Patient() { r.within = 20 * time.Second }
