package ginauth

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

// noticeKinds are the events of a mirror's notices.
var noticeKinds = map[session.NoticeKind]EventKind{
	session.NoticeInStep: EventInStep,
	session.NoticeStale:  EventStale,
	session.NoticeResync: EventResync,
	session.NoticeHealed: EventHealed,
	session.NoticeError:  EventStoreDown,
}

// ofMirror reports whether the kind is an event of one shard of a mirror.
func (k EventKind) ofMirror() bool {
	return k == EventInStep || k == EventStale || k == EventResync || k == EventHealed
}

// subscribe turns the notices of a mirror in the store chain into events.
func subscribe(store session.Store, emit func(context.Context, Event)) (unsubscribe func()) {
	notifier, ok := session.As[session.Notifier](store)
	if !ok {
		return func() {}
	}
	return notifier.Notify(func(n session.Notice) {
		kind, known := noticeKinds[n.Kind]
		if !known {
			return
		}
		e := Event{Kind: kind, Count: n.Count, Shard: n.Shard, Err: n.Err}
		if n.Kind == session.NoticeError {
			e.Reason = n.Kind.String()
		}
		emit(context.Background(), e)
	})
}
