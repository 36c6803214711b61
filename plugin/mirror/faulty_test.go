package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

var errCut = errors.New("the link is cut")

// faulty is between one node and the store. It breaks the link, or the store, as a test asks.
type faulty struct {
	mu       sync.Mutex
	inner    *memstore.Store
	cut      bool          // every call fails
	hang     bool          // every call waits for its context
	deaf     bool          // waiting reads return nothing
	swallow  bool          // revocations are acknowledged and lost
	noRead   bool          // reads that do not wait fail
	noState  bool          // only State fails
	slow     time.Duration // each call that puts entries back takes that much longer
	checks   int
	restored int // entries passed to Restore
	reads    int
	disguise map[session.ID]session.ID // replaces ids in entries that are read
	state    func(*session.LogState)
}

func behindFaults(inner *memstore.Store) *faulty { return &faulty{inner: inner} }

func (f *faulty) set(change func(*faulty)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// repair ends all faults.
func (f *faulty) repair() {
	f.set(func(f *faulty) {
		f.cut, f.hang, f.deaf, f.swallow, f.noRead, f.noState, f.state = false, false, false, false, false, false, nil
	})
}

func (f *faulty) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inner.Now()
}

func (f *faulty) count(n *int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *n
}

func (f *faulty) enter(ctx context.Context) (*memstore.Store, error) {
	f.mu.Lock()
	inner, cut, hang := f.inner, f.cut, f.hang
	f.mu.Unlock()
	switch {
	case hang:
		<-ctx.Done()
		return nil, fmt.Errorf("%w: %w", session.ErrUnavailable, ctx.Err())
	case cut:
		return nil, fmt.Errorf("%w: %w", session.ErrUnavailable, errCut)
	}
	return inner, nil
}

func (f *faulty) Create(ctx context.Context, c session.Create) (session.Created, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return session.Created{}, err
	}
	return s.Create(ctx, c)
}

func (f *faulty) Get(ctx context.Context, id session.ID) (session.Session, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return session.Session{}, err
	}
	return s.Get(ctx, id)
}

func (f *faulty) List(ctx context.Context, subject string) ([]session.Session, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return nil, err
	}
	return s.List(ctx, subject)
}

func (f *faulty) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return session.Rotated{}, err
	}
	return s.Rotate(ctx, r)
}

func (f *faulty) Confirm(ctx context.Context, uses []session.Use) error {
	s, err := f.enter(ctx)
	if err != nil {
		return err
	}
	return s.Confirm(ctx, uses)
}

func (f *faulty) Check(ctx context.Context, p session.Probe) error {
	f.set(func(f *faulty) { f.checks++ })
	s, err := f.enter(ctx)
	if err != nil {
		return err
	}
	return s.Check(ctx, p)
}

func (f *faulty) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	swallow := f.swallow
	f.mu.Unlock()
	if swallow {
		return 1, nil
	}
	return s.Revoke(ctx, r)
}

func (f *faulty) Shards() int { return 1 }

func (f *faulty) State(ctx context.Context, shard int) (session.LogState, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return session.LogState{}, err
	}
	st, err := s.State(ctx, shard)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noState {
		return session.LogState{}, fmt.Errorf("%w: %w", session.ErrUnavailable, errCut)
	}
	if f.state != nil {
		f.state(&st)
	}
	return st, err
}

func (f *faulty) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	f.mu.Lock()
	f.reads++
	deaf, noRead := f.deaf, f.noRead
	f.mu.Unlock()
	s, err := f.enter(ctx)
	if err == nil && noRead && wait == 0 {
		err = fmt.Errorf("%w: %w", session.ErrUnavailable, errCut)
	}
	if err != nil {
		return nil, after, err
	}
	if deaf && wait > 0 {
		select {
		case <-ctx.Done():
			return nil, after, ctx.Err()
		case <-time.After(wait):
			return nil, after, nil
		}
	}
	entries, next, err := s.Read(ctx, shard, after, limit, wait)
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range entries {
		if id, ok := f.disguise[entries[i].ID]; ok {
			entries[i].ID = id
		}
	}
	return entries, next, err
}

func (f *faulty) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	s, err := f.enter(ctx)
	if err != nil {
		return err
	}
	f.set(func(f *faulty) { f.restored += len(entries) })
	if len(entries) > 0 {
		f.mu.Lock()
		slow := f.slow
		f.mu.Unlock()
		time.Sleep(slow)
	}
	return s.Restore(ctx, shard, entries)
}

func (f *faulty) Announce(ctx context.Context, n session.Node, ttl time.Duration) error {
	s, err := f.enter(ctx)
	if err != nil {
		return err
	}
	return s.Announce(ctx, n, ttl)
}

func (f *faulty) Nodes(ctx context.Context) ([]session.Node, error) {
	s, err := f.enter(ctx)
	if err != nil {
		return nil, err
	}
	return s.Nodes(ctx)
}
