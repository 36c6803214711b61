package mirror

import (
	"maps"
	"slices"
	"sync"

	"github.com/ginauth/ginauth/plugin/session"
)

// notices passes on what happens to the copy, and keeps the latest notice of each shard for
// subscribers to come.
type notices struct {
	calling     sync.Mutex // held while subscribers are called, so that they see one order
	latest      map[int]session.Notice
	subscribers subscribers[session.Notice]
}

// Notify implements [session.Notifier]. fn first receives the latest notice of each shard
// that has had one, before Notify returns, and then every notice to come, each of them once
// and from one goroutine at a time. fn must not block and must not call Notify; it may call
// cancel.
//
// Notice.Err of [session.NoticeResync] is [ErrEpochChanged], [ErrServerChanged],
// [ErrWentBack], [ErrGap] or [ErrClockJumped].
func (m *Mirror) Notify(fn func(session.Notice)) (cancel func()) {
	n := &m.notices
	n.calling.Lock()
	defer n.calling.Unlock()
	for _, shard := range slices.Sorted(maps.Keys(n.latest)) {
		fn(n.latest[shard])
	}
	return n.subscribers.add(fn)
}

func (n *notices) publish(notice session.Notice) {
	n.calling.Lock()
	defer n.calling.Unlock()
	if n.latest == nil {
		n.latest = make(map[int]session.Notice)
	}
	n.latest[notice.Shard] = notice
	for _, s := range n.subscribers.all() {
		s.fn(notice)
	}
}
