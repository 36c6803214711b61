// Package memstore keeps sessions in the memory of one process: for tests, for
// demos, and for applications that run as one process and may log everybody out
// when it restarts.
//
// It keeps every promise of session.Store and session.Log. What it cannot do is
// share: two processes with a memstore each know nothing of each other's logins
// and revocations. Use redisstore for that.
package memstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.LoggedStore = (*Store)(nil)

// Options are the settings of NewWith. The zero value is what New uses.
type Options struct {
	// Now is the clock; nil is time.Now. It is read once a step, to the millisecond, while
	// the store is locked: it must not call the store. When it steps back, the time of
	// the store stands still until it has caught up, so that what was dead stays dead.
	Now func() time.Time
}

// Store is a session.LoggedStore with one shard. Make one with New or NewWith;
// the zero value is of no use. Safe for concurrent use.
type Store struct {
	clock func() time.Time
	epoch string

	mu        sync.Mutex // guards all below
	now       time.Time  // the time of the step that holds mu
	created   uint64     // sessions ever created
	sessions  map[session.ID]*record
	bySubject map[string]map[session.ID]*record
	tombs     map[session.ID]time.Time // ended sessions; until then the log says so
	endings   map[session.ID]ended     // how sessions ended
	tokens    map[tokenKey]time.Time   // revoked access tokens, until then
	subjects  map[string]cutoffUntil   // cut-offs of one subject
	all       cutoffUntil              // the cut-off of everybody, kept for good
	log       []line                   // oldest first
	last      session.Position         // of the newest line ever written
	trimmed   session.Position         // of the newest line dropped
	wake      chan struct{}            // closed and replaced at every new line
	steps     int                      // since the last sweep
	roster    map[string]announced     // nodes by id
}

// record is a session and its place in the order of creation, which time alone
// does not tell within a millisecond.
type record struct {
	session.Session
	order uint64
}

type tokenKey struct {
	id    session.ID
	token session.TokenID
}

// cutoffUntil is a cut-off and until when the log says so.
type cutoffUntil struct {
	session.Cutoff
	until time.Time
}

// New makes an empty store that runs on the clock of the machine.
func New() *Store { return NewWith(Options{}) }

// NewWith makes an empty store.
func NewWith(o Options) *Store {
	s := &Store{
		clock:     o.Now,
		epoch:     rand.Text(),
		sessions:  make(map[session.ID]*record),
		bySubject: make(map[string]map[session.ID]*record),
		tombs:     make(map[session.ID]time.Time),
		endings:   make(map[session.ID]ended),
		tokens:    make(map[tokenKey]time.Time),
		subjects:  make(map[string]cutoffUntil),
		wake:      make(chan struct{}),
		roster:    make(map[string]announced),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// Ping answers nil: a store in memory is always there.
func (s *Store) Ping(context.Context) error { return nil }

// enter begins a step: it locks mu, which the caller unlocks if there was no
// error, and reads the clock. A context that has ended is ErrUnavailable.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: %w: %w", session.ErrUnavailable, err)
	}
	s.mu.Lock()
	if t := toMS(s.clock()); t.After(s.now) {
		s.now = t
	}
	s.tidy()
	return nil
}

func toMS(t time.Time) time.Time { return time.UnixMilli(t.UnixMilli()) }
