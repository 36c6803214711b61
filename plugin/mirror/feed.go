package mirror

import "github.com/ginauth/ginauth/plugin/session"

// Subscribe implements [session.Feed]. fn receives every entry that this process did not
// know, and each cut-off that widens a known one. [Mirror.Check] obeys an entry before fn
// receives it. fn must neither block nor call [Mirror.Revoke].
func (m *Mirror) Subscribe(fn func(session.Entry)) (cancel func()) { return m.feed.add(fn) }

// publish passes an entry to the subscribers of the feed, from one goroutine at a time.
func (m *Mirror) publish(e session.Entry) {
	all := m.feed.all()
	if len(all) == 0 {
		return
	}
	m.calling.Lock()
	defer m.calling.Unlock()
	for _, s := range all {
		s.fn(e)
	}
}
