package mirror

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/session"
)

// feed hands entries to whoever subscribed.
type feed struct {
	calling     sync.Mutex // subscribers are called from one goroutine at a time
	editing     sync.Mutex // guards changes of subscribers
	subscribers atomic.Pointer[[]*subscriber]
}

type subscriber struct{ fn func(session.Entry) }

// Subscribe is session.Feed: fn hears of every entry that was not known before, a
// merged cut-off included. An entry is known to Check before fn hears of it. fn must
// neither block nor revoke.
func (r *Mirror) Subscribe(fn func(session.Entry)) (cancel func()) {
	f := &r.feed
	s := &subscriber{fn}
	f.edit(func(list []*subscriber) []*subscriber { return append(slices.Clone(list), s) })
	return func() {
		f.edit(func(list []*subscriber) []*subscriber {
			return slices.DeleteFunc(slices.Clone(list), func(other *subscriber) bool { return other == s })
		})
	}
}

func (f *feed) edit(change func([]*subscriber) []*subscriber) {
	f.editing.Lock()
	defer f.editing.Unlock()
	var list []*subscriber
	if p := f.subscribers.Load(); p != nil {
		list = *p
	}
	list = change(list)
	f.subscribers.Store(&list)
}

func (f *feed) publish(e session.Entry) {
	list := f.subscribers.Load()
	if list == nil || len(*list) == 0 {
		return
	}
	f.calling.Lock()
	defer f.calling.Unlock()
	for _, s := range *list {
		s.fn(e)
	}
}
