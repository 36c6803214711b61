package mirror_test

import (
	"slices"
	"sync"
	"testing"
	"time"

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
	eventually(t, "the late subscriber hears the latest", func() bool { return len(late.all()) > 0 })
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
	eventually(t, "in step", func() bool { return stays.count(session.NoticeInStep) == 1 })
	cancelled, itself := &journal{}, &journal{}
	cancel := m.Notify(cancelled.add)
	cancel()
	cancel()
	var cancelItself func()
	cancelItself = m.Notify(func(n session.Notice) {
		itself.add(n)
		if n.Kind == session.NoticeStale {
			cancelItself()
		}
	})
	f.set(func(f *faulty) { f.cut = true })
	eventually(t, "stale", func() bool { return stays.count(session.NoticeStale) == 1 })
	f.set(func(f *faulty) { f.cut = false })
	eventually(t, "in step again", func() bool { return stays.count(session.NoticeInStep) == 2 })
	if n := cancelled.count(session.NoticeStale); n != 0 {
		t.Errorf("%d notices after cancel", n)
	}
	if itself.count(session.NoticeStale) != 1 || itself.count(session.NoticeInStep) != 1 {
		t.Errorf("a subscriber that cancelled itself heard %v", kinds(itself.all()))
	}
}

// The hook of an application may use the store, and so cause a notice itself.
func TestASubscriberMayUseTheMirror(t *testing.T) {
	store := memstore.New()
	f := behindFaults(store)
	m := ready(t, f, quick())
	inner := &journal{}
	var once sync.Once
	m.Notify(func(n session.Notice) {
		once.Do(func() {
			m.Notify(inner.add) // before, or it might hear only of what follows
			f.set(func(f *faulty) { f.state = func(st *session.LogState) { st.Now = st.Now.Add(time.Hour) } })
			_, _ = m.Revoke(t.Context(), session.Revocation{Kind: session.KindAll, Until: tokenEnd(m)}) // sees the clock jump
		})
	})
	eventually(t, "the notice that the subscriber caused", func() bool { return inner.has(resyncedFor(mirror.ErrClockJumped)) })
}

func TestAMirrorIsFoundInAChainByItsNotices(t *testing.T) {
	m := ready(t, memstore.New(), quick())
	notifier, ok := session.As[session.Notifier](wrapped{m})
	if !ok || notifier.(*mirror.Mirror) != m {
		t.Errorf("%v, %v", notifier, ok)
	}
}
