package mirror

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// State is the state of one shard of the copy; see the package comment.
type State uint8

// The states. Only in InStep does the copy let tokens pass.
const (
	Loading State = iota
	Resyncing
	Stale
	InStep
)

var stateWords = [...]string{Loading: "loading", Resyncing: "resyncing", Stale: "stale", InStep: "in step"}

// String returns the state in words, "unknown" for an invalid state.
func (s State) String() string {
	if int(s) >= len(stateWords) {
		return "unknown"
	}
	return stateWords[s]
}

// Status describes the copy at one moment.
type Status struct {
	InStep  bool          // all shards are in step
	Lag     time.Duration // the greatest lag of a shard
	Entries int           // revocations that the copy holds
	Shards  []ShardStatus // by shard number
}

// ShardStatus describes one shard of the copy at one moment.
type ShardStatus struct {
	State   State
	Lag     time.Duration    // age of the last proof; time since New if there was none
	Entries int              // revocations that the shard holds
	Applied session.Position // end of the part of the log that is applied; zero while the log is read from the start
	Err     error            // the last error since the last proof; nil if there was none
	Cause   error            // why the log was last read again from the start; nil if that never happened
}

// Status returns the state of the copy. It makes no call to the store.
func (m *Mirror) Status() Status {
	s := Status{InStep: true}
	for _, sh := range m.shards {
		one := sh.status()
		s.InStep = s.InStep && one.State == InStep
		s.Lag = max(s.Lag, one.Lag)
		s.Entries += one.Entries
		s.Shards = append(s.Shards, one)
	}
	return s
}

// Ready reports whether all shards of the copy are in step.
func (m *Mirror) Ready() bool { return m.Status().InStep }

// Ping implements [session.Pinger]. It returns nil if the copy is in step and the Ping of the
// store, if it has one, returns nil. Otherwise it returns the store's error, or
// [session.ErrUnavailable] with the state of the first shard that is not in step and its last
// error.
func (m *Mirror) Ping(ctx context.Context) error {
	for n, sh := range m.shards {
		switch s := sh.status(); {
		case s.State == InStep:
		case s.Err != nil:
			return fmt.Errorf("mirror: %w: shard %d is %v: %w", session.ErrUnavailable, n, s.State, s.Err)
		default:
			return fmt.Errorf("mirror: %w: shard %d is %v", session.ErrUnavailable, n, s.State)
		}
	}
	if store, ok := session.As[session.Pinger](m.store); ok {
		return store.Ping(ctx)
	}
	return nil
}

// status computes the age of the proof at this moment: it does not wait for reportStale.
func (sh *shard) status() ShardStatus {
	now := sh.m.elapsed()
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
