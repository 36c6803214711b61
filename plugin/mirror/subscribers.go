package mirror

import (
	"slices"
	"sync"
	"sync/atomic"
)

// subscribers are functions that receive values of one type. The list may change while the
// functions are called.
type subscribers[T any] struct {
	editing sync.Mutex // guards changes of list
	list    atomic.Pointer[[]*subscriber[T]]
}

type subscriber[T any] struct{ fn func(T) }

// add subscribes fn. A call of fn that is under way when cancel returns still ends normally.
func (s *subscribers[T]) add(fn func(T)) (cancel func()) {
	added := &subscriber[T]{fn}
	s.edit(func(list []*subscriber[T]) []*subscriber[T] { return append(list, added) })
	return func() {
		s.edit(func(list []*subscriber[T]) []*subscriber[T] {
			return slices.DeleteFunc(list, func(other *subscriber[T]) bool { return other == added })
		})
	}
}

// edit replaces the list by a changed copy.
func (s *subscribers[T]) edit(change func([]*subscriber[T]) []*subscriber[T]) {
	s.editing.Lock()
	defer s.editing.Unlock()
	list := change(slices.Clone(s.all()))
	s.list.Store(&list)
}

func (s *subscribers[T]) all() []*subscriber[T] {
	if list := s.list.Load(); list != nil {
		return *list
	}
	return nil
}
