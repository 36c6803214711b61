package session

import (
	"errors"
	"fmt"
)

// Errors of a [Store]. Test for them with errors.Is, because stores wrap causes.
var (
	// ErrNotFound means that the store has no such live session. It never existed, ended, was
	// revoked, or was lost; the store does not distinguish these cases.
	ErrNotFound = errors.New("session: not found")

	// ErrRevoked means that the session, the token or everything before a cut-off is revoked,
	// or that the store does not have the session: alive means present.
	ErrRevoked = errors.New("session: revoked")

	// ErrUnavailable means that the store did not answer in time, or that its answer was lost.
	// The requested step may or may not have happened. Callers refuse.
	ErrUnavailable = errors.New("session: store unavailable")

	// ErrClosed is an [ErrUnavailable] for a store, or its connection to the data, that was
	// closed on purpose. It is no outage: an application that serves without the store while
	// it is down must not do so then.
	ErrClosed = fmt.Errorf("%w: closed", ErrUnavailable)

	// ErrOvertaken means that a login began before a revocation of its subject, or of
	// everything, and so begins no session. The store is well: the user may log in again.
	ErrOvertaken = errors.New("session: the login began before a revocation of its subject")

	// ErrLimit means that the subject has reached its limit of sessions, and that the limit
	// refuses new sessions instead of ending others.
	ErrLimit = errors.New("session: too many sessions")

	// ErrInvalidID means that a text is not a session or token id, or that no store can have
	// issued the id: it is zero, or begins in the future (see [ID.Ahead]).
	ErrInvalidID = errors.New("session: invalid id")

	// ErrInvalidSubject means that a text cannot be a subject: see [ValidSubject].
	ErrInvalidSubject = errors.New("session: invalid subject")
)

// Ended reports whether an error of [Store].Check says that the session or token is not alive:
// [ErrRevoked] or [ErrInvalidID]. Any other error means that the store did not judge it.
func Ended(err error) bool {
	return errors.Is(err, ErrRevoked) || errors.Is(err, ErrInvalidID)
}
