package throttle

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// maxSubjects limits the memory: about 300 bytes each, and 24 for each time in the window. With ten
// times each that is 54 MB when all of them are full, and with MaxTimes 24 GB.
const maxSubjects = 100_000

// MemoryLimiter counts in this process only. Make it with [Memory]. It is safe for concurrent
// use.
//
// It remembers at most 100,000 names, addresses and users of [MemoryLimiter.Take], each with up to
// Rate.Times times of 24 bytes, and beyond that drops the one whose last time is the oldest. So a
// high rate takes memory: 100,000 users with 3,000 times each would take 7 GB. An attacker can make
// it forget a name only by failing tens of thousands of other logins in one window, from thousands
// of addresses. Refusing logins instead would let the same attacker shut out every user.
type MemoryLimiter struct {
	rate Rate
	now  func() time.Time

	mu    sync.Mutex
	logs  map[subject]*list.Element // of *timeLog
	order *list.List                // by last time, the oldest first
}

// timeLog holds the latest failures or uses of a subject, never more than the rate allows.
type timeLog struct {
	of subject
	at []time.Time // the oldest first
}

// Memory makes a limiter for one process. The error is an invalid [Rate].
func Memory(rate Rate) (*MemoryLimiter, error) {
	if err := rate.check(); err != nil {
		return nil, err
	}
	return &MemoryLimiter{rate: rate, now: time.Now, logs: make(map[subject]*list.Element), order: list.New()}, nil
}

// Begin returns, before the password is checked, how long the attempt has to wait; 0 allows
// it. It counts nothing. The error is always nil.
func (m *MemoryLimiter) Begin(_ context.Context, name, addr string) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.forgetOld(now)
	return verdict(m.tally(nameSubject(name), now), m.tally(addressSubject(addr), now)), nil
}

// End records a failure. For any attempt, failed or not, it returns how long to wait if its
// outcome must be withheld because of other failures in the meantime, and 0 otherwise. The
// error is always nil.
func (m *MemoryLimiter) End(_ context.Context, name, addr string, failed bool) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.forgetOld(now)
	byName, byAddress := nameSubject(name), addressSubject(addr)
	wait := outcome(m.tally(byName, now), m.tally(byAddress, now), failed)
	if failed {
		m.record(byName, now)
		m.record(byAddress, now)
	}
	return wait, nil
}

// Take counts one use of a user's turn and returns 0, or returns how long the user must wait and
// counts nothing. It fits ginauth's Config.UserLimit. The error is always nil.
func (m *MemoryLimiter) Take(_ context.Context, user string) (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.forgetOld(now)
	of := userSubject(user)
	t := m.tally(of, now)
	if t.wait == 0 {
		m.record(of, now)
	}
	return t.wait, nil
}

func (m *MemoryLimiter) tally(of subject, now time.Time) tally {
	element, ok := m.logs[of]
	if !ok {
		return tally{}
	}
	log := logIn(element)
	log.dropOld(now.Add(-m.rate.Window))
	t := tally{failures: len(log.at)}
	if t.failures >= m.rate.Times {
		t.wait = log.at[0].Add(m.rate.Window).Sub(now)
	}
	return t
}

// record adds a failure or a use, unless the log is full: attempts of a throttled subject do not
// make the wait longer.
func (m *MemoryLimiter) record(of subject, now time.Time) {
	element, ok := m.logs[of]
	if !ok {
		element = m.order.PushBack(&timeLog{of: of})
		m.logs[of] = element
	}
	log := logIn(element)
	if len(log.at) < m.rate.Times {
		log.at = append(log.at, now)
		m.order.MoveToBack(element)
	}
	if len(m.logs) > maxSubjects {
		m.forget(m.order.Front())
	}
}

// forgetOld drops the subjects without a failure or use in the last window.
func (m *MemoryLimiter) forgetOld(now time.Time) {
	for oldest := m.order.Front(); oldest != nil; oldest = m.order.Front() {
		at := logIn(oldest).at
		if at[len(at)-1].After(now.Add(-m.rate.Window)) {
			return
		}
		m.forget(oldest)
	}
}

func (m *MemoryLimiter) forget(element *list.Element) {
	m.order.Remove(element)
	delete(m.logs, logIn(element).of)
}

func (l *timeLog) dropOld(before time.Time) {
	for len(l.at) > 1 && !l.at[0].After(before) {
		l.at = l.at[1:]
	}
}

func logIn(element *list.Element) *timeLog {
	return element.Value.(*timeLog) //nolint:errcheck,forcetypeassert // nothing else is put in
}
