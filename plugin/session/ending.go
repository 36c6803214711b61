package session

import "context"

// MaxReason is how many bytes of a revocation's reason are kept. Longer ones are cut.
const MaxReason = 64

// Reasons that stores give themselves.
const (
	ReasonReuse   = "reuse"         // rule 4 of the rotation
	ReasonLimit   = "session_limit" // ended to make room for another
	ReasonExpired = "expired"       // not refreshed in time
)

// Ending is what a store still knows about a session that is over.
type Ending struct {
	Reason     string // Revocation.Reason, or one of the store's own; "" if none was given
	Generation uint32 // the session's generation when it ended
}

// Endings is what a store has that can tell how sessions ended. A store need not: then
// nobody learns why.
type Endings interface {
	// Ending tells how a session ended, for as long as its tombstone is kept: at least
	// Revocation.Retain. ErrNotFound: it is alive, or it never was, or it ended longer ago,
	// or of a revocation that leaves no tombstones (KindAll, where sessions are many).
	Ending(ctx context.Context, id ID) (Ending, error)
}
