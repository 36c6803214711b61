//go:build unix

package faulttest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
)

// world is a set of nodes, their Redis, and the record of what clients see.
type world struct {
	t       *testing.T
	rec     *history.Recorder
	promise history.Promise
	redis   settings // Addrs, Master and Cluster for every node

	// server is set if each node has its own proxy.
	server  *redistest.Server
	proxies map[string]*redistest.Proxy // by node name

	mu     sync.Mutex
	nodes  []*node // the living nodes
	ever   []*node // all nodes ever started
	recent []account
	stop   func()        // stops the load
	calm   time.Duration // how long the load runs between two faults
}

// start makes a world with two mirror nodes and a strict node, under load. [world.judge] ends
// it.
func start(t *testing.T, redis settings, server *redistest.Server) *world {
	t.Helper()
	w := &world{t: t, rec: history.NewRecorder(patience()), promise: promised(), redis: redis, server: server, proxies: map[string]*redistest.Proxy{}, calm: time.Second}
	w.launch(false)
	w.launch(false)
	w.launch(true)
	ctx, cancel := context.WithCancel(t.Context())
	var tasks sync.WaitGroup
	w.stop = func() {
		cancel()
		tasks.Wait()
	}
	tasks.Go(func() {
		ticks := time.NewTicker(history.Tick)
		defer ticks.Stop()
		w.rec.Watch(ctx, ticks.C)
	})
	w.load(ctx, &tasks)
	w.settle()
	return w
}

// launch starts a node and waits until it is ready.
func (w *world) launch(strict bool) {
	w.t.Helper()
	s := w.redis
	s.Strict, s.Staleness = strict, w.promise.MaxStaleness
	w.mu.Lock()
	s.Name = fmt.Sprintf("node%d", len(w.ever)+1)
	w.mu.Unlock()
	if strict {
		s.Name += "-strict"
	}
	if w.server != nil {
		proxy := redistest.NewProxy(w.t, w.server.Addr())
		w.proxies[s.Name] = proxy
		s.Addrs = []string{proxy.Addr()}
	}
	launched := w.rec.Now()
	n := launch(w.t, s)
	w.awaitReady(n)
	w.rec.Started(s.Name, strict, launched)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes, w.ever = append(w.nodes, n), append(w.ever, n)
}

// anyNode returns a random living node.
func (w *world) anyNode() *node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nodes[rand.IntN(len(w.nodes))]
}

func (w *world) living() []*node {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.nodes)
}

// kill kills a node during its work.
func (w *world) kill(n *node) {
	w.mu.Lock()
	w.nodes = slices.DeleteFunc(w.nodes, func(other *node) bool { return other == n })
	w.mu.Unlock()
	w.rec.Stopped(n.Name)
	n.kill()
}

// pause suspends a node for d.
func (w *world) pause(n *node, d time.Duration) {
	from := w.rec.Now()
	n.signal(w.t, syscall.SIGSTOP)
	time.Sleep(d)
	n.signal(w.t, syscall.SIGCONT)
	w.rec.Halt(n.Name, history.Span{From: from, To: w.rec.Now()})
}

// fault injects a fault for d, mends it, and waits until all nodes are ready again.
func (w *world) fault(f history.Fault, cut bool, d time.Duration, inject, mend func()) {
	w.t.Helper()
	w.during(f, cut, d, inject, mend)
	w.settle()
}

// during records a fault even if it could not be injected or mended, so that the history says
// what was broken by then.
func (w *world) during(f history.Fault, cut bool, d time.Duration, inject, mend func()) {
	w.t.Helper()
	defer func() {
		f.To = w.rec.Now()
		if !cut {
			f.Cut = history.Span{}
		}
		w.rec.Fault(f)
	}()
	f.From = w.rec.Now()
	inject()
	f.Cut.From = w.rec.Now()
	time.Sleep(d)
	f.Cut.To = w.rec.Now()
	mend()
}

// settle waits until all nodes are ready, and lets the load run for a while.
func (w *world) settle() {
	w.t.Helper()
	for _, n := range w.living() {
		w.awaitReady(n)
	}
	time.Sleep(w.calm)
}

// awaitReady waits longer than promised, so that a violation shows up in the history.
func (w *world) awaitReady(n *node) {
	w.t.Helper()
	var why string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var ok bool
		if ok, why = n.ready(); ok {
			return
		}
	}
	w.t.Errorf("node %s does not become ready: %s", n.Name, why)
}

// revokeAll ends every session.
func (w *world) revokeAll() {
	n := w.anyNode()
	w.rec.Do(history.Op{Kind: history.RevokeAll, Node: n.Name}, func() history.Answer { return n.post("/revoke/all", "", nil) })
}

// shown is the maximum number of violations printed per history.
const shown = 5

// judge stops the load and checks the history against the promise.
func (w *world) judge() {
	w.stop()
	h := w.rec.History()
	s := history.Summarize(h, w.promise)
	w.t.Log(s)
	violations := history.Check(h, w.promise)
	for _, v := range violations[:min(shown, len(violations))] {
		w.t.Error(v)
		for _, o := range h.About(v.Op.Session) {
			w.t.Log("    ", o)
		}
	}
	if len(violations) > shown {
		w.t.Errorf("%d violations in all", len(violations))
	}
	if len(violations) > 0 {
		for _, f := range h.Faults {
			w.t.Logf("%s: %v to %v, cut %v to %v", f.Name, f.From, f.To, f.Cut.From, f.Cut.To)
		}
	}
	if s.Revocations < 20 || s.Refusals < 20 {
		w.t.Error("too little happened to judge by")
	}
}
