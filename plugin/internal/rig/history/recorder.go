package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// Answer is what a client got.
type Answer struct {
	Status          int
	Session         string
	Access, Refresh string
}

// Recorder writes a History down. Safe for concurrent use.
type Recorder struct {
	start    time.Time
	patience time.Duration

	mu      sync.Mutex
	history History
}

// NewRecorder starts the clock. patience is how long an answer is waited for; longer than
// what is promised, so that a slow answer and none can be told apart.
func NewRecorder(patience time.Duration) *Recorder {
	return &Recorder{start: time.Now(), patience: patience}
}

// Now is the time since the start; it is monotonic.
func (r *Recorder) Now() time.Duration { return time.Since(r.start) }

// Do runs an operation and records it with its answer. op says all but the times and
// the answer. Tokens are recorded as digests. Past its patience it returns without an
// answer, and leaves f running.
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

// Tick is how often Watch wants to be woken.
const Tick = 10 * time.Millisecond

// still is how late a tick has to be for what waited meanwhile not to be called slow: the
// machine, or this process, stood still.
const still = 30 * time.Millisecond

// Watch notes when nothing ran here, until ctx ends. ticks come every Tick.
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

// Halt notes that a node, or the machine, could not go on.
func (r *Recorder) Halt(node string, s Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Halts = append(r.history.Halts, Halt{node, s})
}

// Started notes a node that is ready now.
func (r *Recorder) Started(name string, strict bool, launched time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Nodes = append(r.history.Nodes, Node{Name: name, Strict: strict, Launched: launched, Started: r.Now()})
}

// Stopped notes that a node is about to be killed.
func (r *Recorder) Stopped(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.history.Nodes {
		if r.history.Nodes[i].Name == name {
			r.history.Nodes[i].Stopped = r.Now()
		}
	}
}

// Fault notes a fault that is over.
func (r *Recorder) Fault(f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Faults = append(r.history.Faults, f)
}

// History is what was recorded up to now.
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
