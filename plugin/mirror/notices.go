package mirror

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/session"
)

// notices passes on what happens to the copy, and keeps the latest notice of each shard for
// later subscribers. Its tasks run one after the other, in the goroutine that finds none
// running. A subscriber that causes a notice therefore does not deadlock.
type notices struct {
	mu      sync.Mutex // guards queue and running
	queue   []func()
	running bool

	latest    map[int]session.Notice // only tasks use it, by shard
	listeners []*listener            // only tasks use it
}

type listener struct {
	fn        func(session.Notice)
	cancelled atomic.Bool
}

func (l *listener) hear(n session.Notice) {
	if !l.cancelled.Load() {
		l.fn(n)
	}
}

// Notify implements [session.Notifier]. fn first receives the latest notice of each shard that
// has had one, and then every notice to come, in order and from one goroutine at a time. fn
// must not block. It may call methods of the Mirror, and cancel.
//
// The Err of a [session.NoticeResync] is [ErrEpochChanged], [ErrServerChanged], [ErrWentBack],
// [ErrGap] or [ErrClockJumped].
func (m *Mirror) Notify(fn func(session.Notice)) (cancel func()) {
	n, l := &m.notices, &listener{fn: fn}
	n.do(func() {
		for _, shard := range slices.Sorted(maps.Keys(n.latest)) {
			l.hear(n.latest[shard])
		}
		n.listeners = append(n.listeners, l)
	})
	return func() {
		l.cancelled.Store(true)
		n.do(func() {
			n.listeners = slices.DeleteFunc(n.listeners, func(other *listener) bool { return other == l })
		})
	}
}

func (n *notices) publish(notice session.Notice) {
	n.do(func() {
		if n.latest == nil {
			n.latest = make(map[int]session.Notice)
		}
		n.latest[notice.Shard] = notice
		for _, l := range n.listeners {
			l.hear(notice)
		}
	})
}

// do runs a task after those before it. If another goroutine is running tasks, or the caller
// is one, do leaves the task to it and returns at once.
func (n *notices) do(task func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, task)
	if n.running {
		return
	}
	n.running = true
	for len(n.queue) > 0 {
		next := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		next()
		n.mu.Lock()
	}
	n.running = false
}
