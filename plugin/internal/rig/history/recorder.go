package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// Answer is a client's view of one reply.
type Answer struct {
	Status          int
	Session         string
	Access, Refresh string
}

// Recorder builds a [History]. Safe for concurrent use.
type Recorder struct {
	start    time.Time
	patience time.Duration

	mu      sync.Mutex
	history History
}

// NewRecorder starts the clock. patience is how long Do waits for an answer. It must be longer
// than the promised time, so that a slow answer differs from none.
func NewRecorder(patience time.Duration) *Recorder {
	return &Recorder{start: time.Now(), patience: patience}
}

// Now returns the monotonic time since the start.
func (r *Recorder) Now() time.Duration { return time.Since(r.start) }

// Do runs an operation and records it with its answer. op contains everything except the times
// and the answer. Tokens are recorded as digests. When its patience is over, Do returns
// without an answer and leaves f running.
func (r *Recorder) Do(op Op, f func() Answer) Answer {
	done := make(chan Answer, 1)
	patience := time.NewTimer(r.patience)
	defer patience.Stop()
	op.Began = r.Now()
	go func() { done <- f() }()
	var answer Answer
	select {
	case answer = <-done:
	case <-patience.C:
	}
	op.Ended = r.Now()
	op.Status, op.Token, op.Next = answer.Status, digest(op.Token), digest(answer.Refresh)
	if answer.Session != "" {
		op.Session = answer.Session
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Ops = append(r.history.Ops, op)
	return answer
}

// Tick is how often [Recorder.Watch] must be woken.
const Tick = 10 * time.Millisecond

// still is the delay of a tick from which the machine, or this process, counts as halted.
// Operations that waited during a halt are not called slow.
const still = 30 * time.Millisecond

// Watch records the times in which nothing ran in this process, until ctx ends. ticks must
// arrive every [Tick].
func (r *Recorder) Watch(ctx context.Context, ticks <-chan time.Time) {
	for last := r.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		now := r.Now()
		if now-last > Tick+still {
			r.Halt("", Span{last, now})
		}
		last = now
	}
}

// Halt records that a node, or the whole machine, could not run.
func (r *Recorder) Halt(node string, s Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Halts = append(r.history.Halts, Halt{node, s})
}

// Started records a node that is now ready.
func (r *Recorder) Started(name string, strict bool, launched time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Nodes = append(r.history.Nodes, Node{Name: name, Strict: strict, Launched: launched, Started: r.Now()})
}

// Stopped records that a node is about to be killed.
func (r *Recorder) Stopped(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.history.Nodes {
		if r.history.Nodes[i].Name == name {
			r.history.Nodes[i].Stopped = r.Now()
		}
	}
}

// Fault records a fault that is over.
func (r *Recorder) Fault(f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Faults = append(r.history.Faults, f)
}

// History returns everything recorded so far.
func (r *Recorder) History() History {
	r.mu.Lock()
	defer r.mu.Unlock()
	return History{
		Nodes:  slices.Clone(r.history.Nodes),
		Faults: slices.Clone(r.history.Faults),
		Halts:  slices.Clone(r.history.Halts),
		Ops:    slices.Clone(r.history.Ops),
	}
}

func digest(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:6])
}
