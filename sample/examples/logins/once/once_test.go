package once_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ginauth/ginauth/sample/examples/logins/once"
)

func TestARecordIsTakenOnceByManyAtATime(t *testing.T) {
	t.Parallel()
	s := once.New[int](time.Minute, 10, time.Now)
	id := s.Put(7)
	if value, ok := s.Look(id); !ok || value != 7 {
		t.Error(value, ok)
	}
	var got atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, ok := s.Take(id); ok {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if _, ok := s.Look(id); ok || got.Load() != 1 {
		t.Errorf("taken %d times; still there: %v", got.Load(), ok)
	}
}

func TestARecordEndsWithItsLife(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := once.New[int](time.Minute, 10, func() time.Time { return now })
	id := s.Put(1)
	now = now.Add(time.Minute - 1)
	if _, ok := s.Look(id); !ok {
		t.Error("gone before its time")
	}
	now = now.Add(1)
	if _, ok := s.Take(id); ok {
		t.Error("taken after its time")
	}
}

func TestTheOldestRecordMakesRoom(t *testing.T) {
	t.Parallel()
	s := once.New[int](time.Minute, 2, time.Now)
	first, second, third := s.Put(1), s.Put(2), s.Put(3)
	for id, want := range map[string]bool{first: false, second: true, third: true, "": false} {
		if _, ok := s.Take(id); ok != want {
			t.Errorf("%q: %v", id, ok)
		}
	}
}
