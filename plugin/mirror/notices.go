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
// must not block. It may call methods of the Mirror except Close, which would wait for fn, and
// it may call cancel.
//
// The Err of a [session.NoticeResync] is [ErrEpochChanged], [ErrServerChanged], [ErrServerLeft], [ErrWentBack],
// [ErrGap], [ErrClockJumped] or [ErrKeptTooShort].
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

// add queues a notice. The caller calls run afterwards, without the locks that it may hold now.
func (n *notices) add(notice session.Notice) {
	n.put(func() {
		if n.latest == nil {
			n.latest = make(map[int]session.Notice)
		}
		n.latest[notice.Shard] = notice
		for _, l := range n.listeners {
			l.hear(notice)
		}
	})
}

func (n *notices) put(task func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queue = append(n.queue, task)
}

func (n *notices) do(task func()) {
	n.put(task)
	n.run()
}

// run runs the tasks of the queue. If another goroutine is at it, or the caller is a task, run
// leaves them to it and returns at once. A panic of a task is the caller's; the tasks behind
// it run with the next one.
func (n *notices) run() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running {
		return
	}
	n.running = true
	defer func() { n.running = false }()
	for len(n.queue) > 0 {
		next := n.queue[0]
		n.queue = n.queue[1:]
		n.unlocked(next)
	}
}

// unlocked runs a task without n.mu, which is held before and afterwards.
func (n *notices) unlocked(task func()) {
	n.mu.Unlock()
	defer n.mu.Lock()
	task()
}
