//go:build unix

package faulttest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

// hands is how many clients the crowd shares.
const hands = 8

// crowdSize returns how many sessions are alive while slots move, and how many slots move.
func crowdSize() (sessions, slots int) {
	if long() {
		return 60_000, 5461 // all slots of a master
	}
	return 6000, 250 // Valkey needs some 40 ms a slot
}

// Operators move slots with redis-cli, while thousands are logged in. Afterwards everybody is
// still logged in who has not logged out.
func TestSlotsAreReshardedAndRebalanced(t *testing.T) {
	w, rig := onCluster(t)
	defer w.judge()
	sessions, slots := crowdSize()
	crowd := w.gather(sessions)
	before := w.epochs(rig)

	ctx, cancel := context.WithCancel(t.Context())
	var tasks sync.WaitGroup
	for _, part := range crowd {
		tasks.Go(func() { every(ctx, pace/4, func() { w.stroll(part) }) })
	}
	said := w.moved("reshard", func() (string, error) { return rig.Reshard(t.Context(), slots, rig.Nodes[0], rig.Nodes[1]) })
	if !strings.Contains(said, ": .") { // a dot for each key
		t.Error("no key was in the slots that moved: nothing was shown")
	}
	rig.AwaitSlots(t)
	w.moved("rebalance", func() (string, error) { return rig.Rebalance(t.Context()) })
	cancel()
	tasks.Wait()

	w.everybody(crowd, w.stays)
	rig.AwaitSlots(t)
	w.wantEpochs(rig, before)
}

// moved is the fault of moving slots with a tool, which must succeed. It returns what the tool
// printed.
func (w *world) moved(name string, run func() (string, error)) (said string) {
	w.t.Helper()
	w.fault(moves(name), false, 0, func() {
		began := time.Now()
		var err error
		said, err = run()
		if err != nil {
			w.t.Errorf("%v\n%s", err, said[max(0, len(said)-2000):])
		}
		w.t.Logf("%s took %v", name, time.Since(began).Round(time.Millisecond))
	}, nothing)
	return said
}

// gather logs n users in, in as many parts as there are hands.
func (w *world) gather(n int) [][]*account {
	w.t.Helper()
	crowd := make([][]*account, hands)
	began := time.Now()
	for i := range n {
		a := &account{subject: fmt.Sprintf("crowd%d", i)}
		crowd[i%hands] = append(crowd[i%hands], a)
	}
	w.everybody(crowd, func(a *account) {
		form := url.Values{"username": {a.subject}, "password": {"x"}}
		for range 5 { // a busy machine may make a login 503
			node := w.anyNode()
			answer := w.rec.Do(a.op(history.Login, node, ""), func() history.Answer { return node.post("/login", "", form) })
			a.session, a.access, a.refresh = answer.Session, answer.Access, answer.Refresh
			if answer.Status != http.StatusServiceUnavailable {
				break
			}
		}
	})
	w.t.Logf("%d logins took %v", n, time.Since(began).Round(time.Millisecond))
	return crowd
}

// everybody calls f for each of the crowd, one part beside the other.
func (w *world) everybody(crowd [][]*account, f func(*account)) {
	var tasks sync.WaitGroup
	for _, part := range crowd {
		tasks.Go(func() {
			for _, a := range part {
				f(a)
			}
		})
	}
	tasks.Wait()
}

// stroll lets one of a part do what users do most: present a token, and refresh.
func (w *world) stroll(part []*account) {
	a := part[rand.IntN(len(part))]
	if rand.IntN(2) == 0 {
		w.use(w.anyNode(), *a)
		return
	}
	w.renew(a)
}

// stays presents what one of the crowd has. The history finds whoever was logged out.
func (w *world) stays(a *account) {
	w.use(w.anyNode(), *a)
	w.renew(a)
}

func (w *world) renew(a *account) {
	u := &user{w: w}
	if answer := u.exchange(w.anyNode(), history.Refresh, *a, a.refresh); answer.Status == http.StatusOK {
		a.access, a.refresh = answer.Access, answer.Refresh
	}
}
