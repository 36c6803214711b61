package mirror

import (
	"math/rand/v2"
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
	m.o.Now = func() time.Time { return start.Add(time.Hour + time.Duration(rand.IntN(2))*time.Minute) } //nolint:gosec // no secret
	sh := newShard(m, 0)
	sh.loaded, sh.calm, sh.whole = true, start.Add(-time.Hour), never
	var last session.NoticeKind
	stale := 0
	m.Notify(func(n session.Notice) { last = n.Kind })
	for range 20000 {
		var wg sync.WaitGroup
		wg.Go(func() { sh.prove(proof{counts: time.Hour, asked: start}) }) // a minute later it is too old
		wg.Go(sh.reportStale)
		wg.Wait()
		want := map[State]session.NoticeKind{Loading: 0, InStep: session.NoticeInStep, Stale: session.NoticeStale}[sh.state]
		if last != want {
			t.Fatalf("the state is %v, the last notice %v", sh.state, last)
		}
		if last == session.NoticeStale {
			stale++
		}
	}
	if stale == 0 {
		t.Error("it was never stale: the test shows nothing")
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
