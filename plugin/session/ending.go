package session

import "context"

// MaxReason is the longest reason of a revocation, in bytes. Longer reasons are cut.
const MaxReason = 64

// Reasons that stores set themselves.
const (
	ReasonReuse   = "reuse"         // a retired refresh token was presented: rule 4 of the rotation
	ReasonLimit   = "session_limit" // ended to make room for a new session
	ReasonExpired = "expired"       // not refreshed in time
)

// Ending is what a store still knows about a session that has ended.
type Ending struct {
	Reason     string // Revocation.Reason or one of the store's own; "" if none was given
	Generation uint32 // the session's generation when it ended
}

// Endings is an optional interface of a [Store] that remembers how sessions ended. Without it,
// callers cannot learn the reason.
type Endings interface {
	// Ending returns how a session ended. The store remembers it at least Afterlife beyond the
	// Entry.Until of the revocation. The error is ErrNotFound if the session is alive, never
	// existed, ended longer ago, or ended by a revocation that leaves no tombstones (KindAll,
	// where sessions are many).
	Ending(ctx context.Context, id ID) (Ending, error)
}
