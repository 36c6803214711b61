package mirror

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// State is the state of one shard of the copy; see the package comment.
type State uint8

// The states, from bad to good but for the first.
const (
	Loading State = iota
	Resyncing
	Stale
	InStep
)

var stateWords = [...]string{Loading: "loading", Resyncing: "resyncing", Stale: "stale", InStep: "in step"}

// String is the state in words, "unknown" if it is none.
func (s State) String() string {
	if int(s) >= len(stateWords) {
		return "unknown"
	}
	return stateWords[s]
}

// Status is how the copy stands.
type Status struct {
	InStep  bool          // all shards are in step
	Lag     time.Duration // of the shard that lags most
	Entries int           // revocations held
	Shards  []ShardStatus // by number
}

// ShardStatus is how one shard of the copy stands.
type ShardStatus struct {
	State   State
	Lag     time.Duration    // age of the last proof; since New if there was none
	Entries int              // revocations held
	Applied session.Position // up to here the log has been applied; zero while it is read anew
	Err     error            // what went wrong since the last proof; nil: nothing
	Cause   error            // why the log was last read anew; nil: it was not
}

// Status tells how the copy stands.
func (r *Mirror) Status() Status {
	s := Status{InStep: true}
	for _, sh := range r.shards {
		one := sh.status()
		s.InStep = s.InStep && one.State == InStep
		s.Lag = max(s.Lag, one.Lag)
		s.Entries += one.Entries
		s.Shards = append(s.Shards, one)
	}
	return s
}

// Ready reports whether the copy is in step, all of it.
func (r *Mirror) Ready() bool { return r.Status().InStep }

// Ping is for readiness: nil if the copy is in step and the store's own Ping, if it
// has one, answers nil. Otherwise the store's error, or session.ErrUnavailable and
// what keeps the copy from being in step.
func (r *Mirror) Ping(ctx context.Context) error {
	for n, sh := range r.shards {
		switch s := sh.status(); {
		case s.State == InStep:
		case s.Err != nil:
			return fmt.Errorf("mirror: %w: shard %d is %v: %w", session.ErrUnavailable, n, s.State, s.Err)
		default:
			return fmt.Errorf("mirror: %w: shard %d is %v", session.ErrUnavailable, n, s.State)
		}
	}
	if p, ok := r.store.(interface{ Ping(context.Context) error }); ok {
		return p.Ping(ctx)
	}
	return nil
}

// status judges the age of the proof here and now: it does not wait for notice.
func (sh *shard) status() ShardStatus {
	now := sh.r.elapsed()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s := ShardStatus{
		State:   sh.state,
		Lag:     max(0, now-sh.proven),
		Entries: int(sh.list.entries.Load()),
		Applied: sh.position(),
		Err:     sh.err,
		Cause:   sh.cause,
	}
	if s.State == InStep && !sh.trusts(now) {
		s.State = Stale
	}
	return s
}
