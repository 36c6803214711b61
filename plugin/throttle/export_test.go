package throttle

import "time"

// SetClock takes the place of the clock, for tests.
func (m *MemoryLimiter) SetClock(now func() time.Time) { m.now = now }

// SetClock takes the place of the server's clock, for tests.
func (r *RedisLimiter) SetClock(now func() time.Time) { r.now = now }

// Known is how many names and addresses have a log.
func (m *MemoryLimiter) Known() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.logs)
}

// Patient is for tests about counts on a busy machine: what takes long is not refused.
func (r *RedisLimiter) Patient() { r.within = 20 * time.Second }
