package mirror_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestALateSubscriberHearsTheLatestNoticeAndAllThatFollow(t *testing.T) {
	f := behindFaults(memstore.New())
	f.cut = true
	m := open(t, f, quick())
	early := journalOf(m)
	eventually(t, "the error is reported", func() bool { return early.count(session.NoticeError) == 1 })
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "in step", func() bool { return early.count(session.NoticeInStep) == 1 })

	late := journalOf(m)
	if got := late.all(); len(got) != 1 || got[0] != (session.Notice{Kind: session.NoticeInStep}) {
		t.Errorf("a late subscriber heard %+v at first, want in_step alone", got)
	}
	f.set(func(f *faulty) { f.cut = true })
	eventually(t, "both hear of it", func() bool {
		return early.count(session.NoticeStale) == 1 && late.count(session.NoticeStale) == 1
	})
	seen := early.all()
	if got := late.all(); !slices.Equal(kinds(got), kinds(seen[len(seen)-len(got):])) {
		t.Errorf("the late one heard %v, the early one %v", kinds(got), kinds(seen))
	}
}

func kinds(notices []session.Notice) (words []string) {
	for _, n := range notices {
		words = append(words, n.Kind.String())
	}
	return words
}

func TestACancelledSubscriberHearsNoMore(t *testing.T) {
	f := behindFaults(memstore.New())
	m := ready(t, f, quick())
	stays := journalOf(m)
	cancelled, itself := &journal{}, &journal{}
	cancel := m.Notify(cancelled.add)
	cancel()
	cancel()
	before := len(cancelled.all())
	var once sync.Once
	var cancelItself func()
	ready := make(chan struct{})
	cancelItself = m.Notify(func(n session.Notice) {
		itself.add(n)
		if n.Kind == session.NoticeStale {
			<-ready
			once.Do(cancelItself) // from within the call
		}
	})
	close(ready)
	f.set(func(f *faulty) { f.cut = true })
	eventually(t, "stale", func() bool { return stays.count(session.NoticeStale) == 1 })
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "in step again", func() bool { return stays.count(session.NoticeInStep) == 2 })
	if n := len(cancelled.all()); n != before {
		t.Errorf("%d notices after cancel", n-before)
	}
	if n := itself.count(session.NoticeStale); n != 1 || itself.count(session.NoticeInStep) > 1 {
		t.Errorf("notices after a subscriber cancelled itself: %v", kinds(itself.all()))
	}
}

func TestAMirrorIsFoundInAChainByItsNotices(t *testing.T) {
	m := ready(t, memstore.New(), quick())
	notifier, ok := session.As[session.Notifier](wrapped{m})
	if !ok || notifier.(*mirror.Mirror) != m {
		t.Errorf("%v, %v", notifier, ok)
	}
}
