package authtest

import (
	"context"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Verb names a method of [session.Store].
type Verb string

// The verbs name the methods of [session.Store].
const (
	Create  Verb = "Create"
	Get     Verb = "Get"
	List    Verb = "List"
	Rotate  Verb = "Rotate"
	Confirm Verb = "Confirm"
	Check   Verb = "Check"
	Revoke  Verb = "Revoke"
)

// Verbs lists every [Verb].
var Verbs = []Verb{Create, Get, List, Rotate, Confirm, Check, Revoke}

// Faulty is a store that counts its calls and whose verbs can be made to fail. Safe for
// concurrent use.
type Faulty struct {
	store session.Store

	mu     sync.Mutex
	faults map[Verb]error
	calls  map[Verb]int
}

// NewFaulty wraps a store. At first nothing fails.
func NewFaulty(store session.Store) *Faulty {
	return &Faulty{store: store, faults: map[Verb]error{}, calls: map[Verb]int{}}
}

// Fail makes the given verbs, or all if none are given, return err without calling the store.
// A nil err heals them.
func (f *Faulty) Fail(err error, verbs ...Verb) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(verbs) == 0 {
		verbs = Verbs
	}
	for _, verb := range verbs {
		f.faults[verb] = err
	}
}

// Now calls the store. It never fails and is not counted.
func (f *Faulty) Now() time.Time { return f.store.Now() }

// Calls returns the number of calls of a verb so far, including failed ones.
func (f *Faulty) Calls(verb Verb) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[verb]
}

// AllCalls returns the number of calls of all verbs so far.
func (f *Faulty) AllCalls() int {
	n := 0
	for _, verb := range Verbs {
		n += f.Calls(verb)
	}
	return n
}

func (f *Faulty) enter(verb Verb) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[verb]++
	return f.faults[verb]
}

// Create implements [session.Store].
func (f *Faulty) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if err := f.enter(Create); err != nil {
		return session.Created{}, err
	}
	return f.store.Create(ctx, c)
}

// Get implements [session.Store].
func (f *Faulty) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if err := f.enter(Get); err != nil {
		return session.Session{}, err
	}
	return f.store.Get(ctx, id)
}

// List implements [session.Store].
func (f *Faulty) List(ctx context.Context, subject string) ([]session.Session, error) {
	if err := f.enter(List); err != nil {
		return nil, err
	}
	return f.store.List(ctx, subject)
}

// Rotate implements [session.Store].
func (f *Faulty) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	if err := f.enter(Rotate); err != nil {
		return session.Rotated{}, err
	}
	return f.store.Rotate(ctx, r)
}

// Confirm implements [session.Store].
func (f *Faulty) Confirm(ctx context.Context, uses []session.Use) error {
	if err := f.enter(Confirm); err != nil {
		return err
	}
	return f.store.Confirm(ctx, uses)
}

// Check implements [session.Store].
func (f *Faulty) Check(ctx context.Context, p session.Probe) error {
	if err := f.enter(Check); err != nil {
		return err
	}
	return f.store.Check(ctx, p)
}

// Revoke implements [session.Store].
func (f *Faulty) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := f.enter(Revoke); err != nil {
		return 0, err
	}
	return f.store.Revoke(ctx, r)
}

// Ending implements [session.Endings] if the wrapped store does. It fails whenever Get does.
func (f *Faulty) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if err := f.enter(Get); err != nil {
		return session.Ending{}, err
	}
	if endings, ok := f.store.(session.Endings); ok {
		return endings.Ending(ctx, id)
	}
	return session.Ending{}, session.ErrNotFound
}
