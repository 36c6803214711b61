// Package memstore keeps sessions in the memory of one process: for tests, demos, and
// applications that run as one process and may log out all users when it restarts.
//
// It keeps every promise of [session.Store] and [session.Log]. It cannot be shared: two
// processes with a memstore each know nothing of each other's logins and revocations. Use
// redisstore for more than one process.
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
	// Now is the clock, read once per call, to the millisecond. Default time.Now. The store is
	// locked meanwhile, so Now must not call it. When the clock goes back, the store's time
	// stands still until the clock has caught up, so that dead sessions stay dead.
	Now func() time.Time
}

// Store is a [session.LoggedStore] with one shard. Make it with [New] or [NewWith]; the zero
// Store does not work. It has nothing to close. It is safe for concurrent use.
type Store struct {
	clock func() time.Time
	epoch string

	mu        sync.Mutex // guards the fields below
	now       time.Time  // of the call that holds mu
	created   uint64     // sessions ever created
	sessions  map[session.ID]*record
	bySubject map[string]map[session.ID]*record
	tombs     map[session.ID]time.Time // ended sessions, until their log entry expires
	endings   map[session.ID]ended     // how sessions ended
	tokens    map[tokenKey]time.Time   // revoked access tokens, until their log entry expires
	subjects  map[string]cutoffUntil   // cut-offs of one subject
	all       cutoffUntil              // the cut-off of all subjects; never dropped
	log       []line                   // oldest first
	last      session.Position         // of the newest line ever written
	trimmed   session.Position         // of the newest line dropped
	wake      chan struct{}            // closed and replaced at every new line
	steps     int                      // calls since the last sweep
	roster    map[string]announced     // nodes by id
}

// record is a session and its place in the order of creation, which creation times do not show
// within one millisecond.
type record struct {
	session.Session
	order uint64
}

type tokenKey struct {
	id    session.ID
	token session.TokenID
}

// cutoffUntil is a cut-off and the expiry of its log entry.
type cutoffUntil struct {
	session.Cutoff
	until time.Time
}

// New makes an empty store on the machine's clock.
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

// Ping returns nil: memory is always available.
func (s *Store) Ping(context.Context) error { return nil }

// enter begins a call: it locks mu, which the caller unlocks unless there is an error, and reads
// the clock. For a context that has ended the error is session.ErrUnavailable.
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
