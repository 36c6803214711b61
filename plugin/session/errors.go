package session

import "errors"

// What a Store answers. Test with errors.Is; stores wrap causes.
var (
	// ErrNotFound: the session is not there. It never was, it ended, it was
	// revoked, or the store lost it; the store does not tell these apart.
	ErrNotFound = errors.New("session: not found")

	// ErrRevoked: the session, the token or everything before a cut-off is revoked,
	// or the session is not there at all: alive means present.
	ErrRevoked = errors.New("session: revoked")

	// ErrUnavailable: the store could not answer in time, or its answer is lost. What
	// was asked may or may not have happened; callers refuse.
	ErrUnavailable = errors.New("session: store unavailable")

	// ErrLimit: the subject has as many sessions as it may have, and the limit refuses
	// instead of ending the oldest.
	ErrLimit = errors.New("session: too many sessions")

	// ErrInvalidID: the text is no session or token id.
	ErrInvalidID = errors.New("session: invalid id")

	// ErrInvalidSubject: the subject is empty or longer than MaxSubject bytes.
	ErrInvalidSubject = errors.New("session: invalid subject")
)
