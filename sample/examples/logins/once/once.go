// Package once keeps what a login has to remember between two requests: records that are used
// once, live for minutes, and can be found only by a random id.
//
// They are in the memory of one process. With several nodes keep them in Redis: SET with EX to
// put, GETDEL to take.
package once

import (
	"crypto/rand"
	"sync"
	"time"
)

// Store holds records of one kind. Make it with [New]. It is safe for concurrent use.
type Store[T any] struct {
	life time.Duration
	max  int
	now  func() time.Time

	mu      sync.Mutex
	records map[string]record[T]
	order   []string // ids, the oldest first, also those that were taken
}

type record[T any] struct {
	value T
	until time.Time
}

// New makes a store whose records live for life. Of more than max records the oldest is
// dropped, so that nobody can fill the memory.
func New[T any](life time.Duration, maxRecords int, now func() time.Time) *Store[T] {
	return &Store[T]{life: life, max: maxRecords, now: now, records: make(map[string]record[T])}
}

// Put keeps a value and returns its id, which nobody can guess (128 random bits or more).
func (s *Store[T]) Put(value T) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for len(s.order) > 0 && (len(s.order) >= s.max || !s.records[s.order[0]].until.After(now)) {
		delete(s.records, s.order[0])
		s.order = s.order[1:]
	}
	id = rand.Text()
	s.records[id] = record[T]{value, now.Add(s.life)}
	s.order = append(s.order, id)
	return id
}

// Look returns the value of an id and leaves it there. ok is false if the id is unknown, was
// taken, or is too old.
func (s *Store[T]) Look(id string) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(id)
}

// Take is Look, and removes the record: of many calls with one id, one gets the value.
func (s *Store[T]) Take(id string) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok = s.find(id)
	delete(s.records, id)
	return value, ok
}

func (s *Store[T]) find(id string) (value T, ok bool) {
	found, ok := s.records[id]
	if !ok || !found.until.After(s.now()) {
		return value, false
	}
	return found.value, true
}
