// Package memstore keeps sessions in the memory of one process: for tests, demos, and
// applications that run as one process and may log out all users when it restarts.
//
// It keeps every promise of [session.Store] and [session.Log]. It cannot be shared: two
// processes with a memstore each know nothing of each other's logins and revocations. Use
// redisstore for more than one process.
//
// However many sessions one user has, nobody else waits for them: long work is done in pieces,
// and other calls run in between.
package memstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var (
	_ session.LoggedStore = (*Store)(nil)
	_ session.Pinger      = (*Store)(nil)
)

// Options are the settings of [NewWith]. The zero value is what [New] uses.
type Options struct {
	// Now is the clock, read once per call. Default time.Now. The store is locked meanwhile, so
	// Now must not call it. When the clock goes back, the store's time stands still until the
	// clock has caught up, so that dead sessions stay dead.
	Now func() time.Time
}

// Store is a [session.LoggedStore] with one shard. Make it with [New] or [NewWith]; the zero
// Store does not work. It has nothing to close. It is safe for concurrent use.
type Store struct {
	clock func() time.Time
	epoch string

	mu        sync.Mutex // guards the fields below
	exact     time.Time  // of the call that last entered
	now       time.Time  // the same, to the millisecond
	created   uint64     // sessions ever created
	newest    time.Time  // the latest creation time of all sessions so far
	tokenEnd  time.Time  // the latest end of all tokens so far
	sessions  map[session.ID]*record
	groups    map[string]*group // live sessions by subject
	era       *era              // of the groups
	graves    map[session.ID]*grave
	tokens    map[tokenKey]*mark // revoked access tokens
	cuts      map[string]*cut    // cut-offs of one subject
	all       cut                // the cut-off of all subjects; never dropped
	forgotten time.Time          // when the latest of the dropped cut-offs was made
	restoring time.Time          // see session.LogState
	log       []line             // oldest first
	last      session.Position   // of the newest line ever written
	trimmed   session.Position   // of the newest line dropped
	wake      chan struct{}      // closed and replaced at every new line
	roster    map[string]announced
	ring      ring // everything that tidy drops some day
}

// New makes an empty store on the machine's clock.
func New() *Store { return NewWith(Options{}) }

// NewWith makes an empty store.
func NewWith(o Options) *Store {
	s := &Store{
		clock:    o.Now,
		epoch:    rand.Text(),
		sessions: make(map[session.ID]*record),
		groups:   make(map[string]*group),
		era:      &era{},
		graves:   make(map[session.ID]*grave),
		tokens:   make(map[tokenKey]*mark),
		cuts:     make(map[string]*cut),
		wake:     make(chan struct{}),
		roster:   make(map[string]announced),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// Now returns the time of the store's clock, for session.Create.Began. It never goes back.
func (s *Store) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick()
	return s.exact
}

// Ping returns nil: memory is always available.
func (s *Store) Ping(context.Context) error { return nil }

// enter begins a call: it locks mu, which the caller unlocks unless there is an error, and reads
// the clock. For a context that has ended the error is session.ErrUnavailable.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: %w: %w", session.ErrUnavailable, err)
	}
	s.mu.Lock()
	s.tick()
	s.tidy()
	return nil
}

func (s *Store) tick() {
	if t := s.clock().Round(0); t.After(s.exact) { // without the reading of the monotonic clock
		s.exact, s.now = t, toMS(t)
	}
}

// piece is how many sessions a call works on before others get their turn.
const piece = 256

// pause lets other calls in after every piece; i counts what was worked on. Whatever the caller
// has read before may have changed.
func (s *Store) pause(i int) {
	if i%piece == piece-1 {
		s.mu.Unlock()
		s.mu.Lock()
	}
}

// until returns the Entry.Until of a revocation that covers tokens with these ends: the latest
// of them, but not before now, rounded up to the second.
func (s *Store) until(ends ...time.Time) time.Time {
	t := s.now
	for _, e := range ends {
		t = later(t, e)
	}
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second)
	}
	return t
}

// over reports whether a revocation no longer matters to anybody.
func (s *Store) over(until time.Time) bool { return !s.now.Before(until.Add(session.Afterlife)) }

func toMS(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()) }

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
