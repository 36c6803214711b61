package mirror

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/session"
)

// feed passes entries to its subscribers.
type feed struct {
	calling     sync.Mutex // held while subscribers are called: one goroutine at a time
	editing     sync.Mutex // guards changes of subscribers
	subscribers atomic.Pointer[[]*subscriber]
}

type subscriber struct{ fn func(session.Entry) }

// Subscribe implements [session.Feed]. fn receives every entry that this process did not
// know, and each cut-off that widens a known one. [Mirror.Check] obeys an entry before fn
// receives it. fn must neither block nor call [Mirror.Revoke].
func (m *Mirror) Subscribe(fn func(session.Entry)) (cancel func()) {
	f := &m.feed
	s := &subscriber{fn}
	f.edit(func(list []*subscriber) []*subscriber { return append(list, s) })
	return func() {
		f.edit(func(list []*subscriber) []*subscriber {
			return slices.DeleteFunc(list, func(other *subscriber) bool { return other == s })
		})
	}
}

// edit replaces the subscribers by a changed copy.
func (f *feed) edit(change func([]*subscriber) []*subscriber) {
	f.editing.Lock()
	defer f.editing.Unlock()
	list := change(slices.Clone(f.all()))
	f.subscribers.Store(&list)
}

func (f *feed) all() []*subscriber {
	if list := f.subscribers.Load(); list != nil {
		return *list
	}
	return nil
}

func (f *feed) publish(e session.Entry) {
	all := f.all()
	if len(all) == 0 {
		return
	}
	f.calling.Lock()
	defer f.calling.Unlock()
	for _, s := range all {
		s.fn(e)
	}
}
