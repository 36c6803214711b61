package mirror

import (
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Goroutines that change the state of a shard at the same moment must not overtake each other
// on the way to a subscriber: the last notice would then contradict the state for good.
func TestTheLastNoticeIsTheState(t *testing.T) {
	start := time.Now()
	m := &Mirror{start: start, o: Options{MaxStaleness: time.Second, Heartbeat: time.Millisecond}}
	m.o.Now = func() time.Time { return start.Add(time.Hour) }
	sh := newShard(m, 0)
	sh.loaded, sh.met = true, start.Add(-time.Hour)
	var last session.NoticeKind
	m.Notify(func(n session.Notice) { last = n.Kind })
	for range 20000 {
		var wg sync.WaitGroup
		wg.Go(func() { sh.prove(0) }) // an old proof: in step, and stale at the next look
		wg.Go(sh.reportStale)
		wg.Wait()
		want := session.NoticeInStep
		if sh.state == Stale {
			want = session.NoticeStale
		}
		if last != want {
			t.Fatalf("the state is %v, the last notice %v", sh.state, last)
		}
	}
}

// A hook that panics in a request is recovered there, as in every other event.
func TestAPanicOfASubscriberCanBeRecovered(t *testing.T) {
	var n notices
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("the panic did not reach the caller")
			}
		}()
		n.do(func() { panic("boom") })
	}()
	ran := false
	n.do(func() { ran = true })
	if !ran {
		t.Error("no task runs after a panic")
	}
}
