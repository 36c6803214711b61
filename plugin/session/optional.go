package session

import (
	"context"
	"errors"
	"time"
)

// Pinger is a store that can report whether it works.
type Pinger interface {
	// Ping returns nil if the store can serve everything now: it can be written and, if it
	// keeps a local copy of the log, the copy is in step. Any error means that it cannot.
	Ping(ctx context.Context) error
}

// Closer is a store with something to release: connections, background work.
type Closer interface {
	// Close stops the store's background work and returns when it has stopped, or ctx's
	// error when ctx ends first. It does not close the store that it wraps: see [Close].
	// Verbs that need what was closed fail with [ErrClosed] from then on. Closing again
	// returns nil.
	Close(ctx context.Context) error
}

// Doubter is a store whose server may be replaced by another one without the store noticing
// at once, such as a server behind a name that moves.
type Doubter interface {
	// Doubt is the longest time in which that goes unnoticed: LogState.Doubt is never longer.
	Doubt() time.Duration
}

// Keeper is a store with a local copy of the log. ginauth.New tells it for how long after exp
// this node still accepts access tokens.
type Keeper interface {
	// Keep makes the copy keep each revocation for that much longer than its Entry.Until. The
	// longest leeway of all calls counts.
	Keep(leeway time.Duration)
}

// Unwrapper is a store that decorates another one. It need not repeat the optional
// interfaces of the store inside: [As] finds them through Unwrap.
type Unwrapper interface {
	Unwrap() Store
}

// As returns the outermost store of the chain s that implements T, an optional interface
// such as [Feed], [Barrier], [Roster], [Endings], [Notifier] or [Pinger]. The chain is s,
// what s unwraps to, and so on. ok is false if no store of the chain implements T.
func As[T any](s Store) (found T, ok bool) {
	for s != nil {
		if found, ok = s.(T); ok {
			return found, true
		}
		s = unwrap(s)
	}
	return found, false
}

// Close closes every store of the chain that is a [Closer], the outermost first, and
// returns their errors joined. ctx bounds all of them together.
func Close(ctx context.Context, s Store) error {
	var errs []error
	for ; s != nil; s = unwrap(s) {
		if closer, ok := s.(Closer); ok {
			errs = append(errs, closer.Close(ctx))
		}
	}
	return errors.Join(errs...)
}

func unwrap(s Store) Store {
	if decorator, ok := s.(Unwrapper); ok {
		return decorator.Unwrap()
	}
	return nil
}
