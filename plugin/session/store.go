package session

import (
	"context"
	"time"
)

// LateRetry bounds the second half of rotation rule 3: how long after a rotation
// the previous refresh token still gets its successor again while nobody has seen
// the successor in use.
const LateRetry = 24 * time.Hour

// Store keeps sessions. Its verbs are the steps of the protocol, and each is one
// atomic step; there is no Set that a caller could race with.
//
// Duties of every implementation:
//
//   - Time is the store's own clock. Two nodes with different clocks get the same
//     answers.
//   - Each verb may reach the store twice (a client library sends it again when the
//     reply was lost): the second run changes nothing and answers what the first did.
//   - A step whose caller was told ErrUnavailable does not happen later: it carries a
//     deadline by the store's clock and does nothing past it.
//   - Errors are those of this package; any other error, and ErrUnavailable, means
//     "unknown", and the caller refuses. A call ends within a few seconds whatever the
//     context says.
//   - Alive means present, unrevoked, before its Deadline, and begun after every
//     cut-off that covers it.
//   - Safe for concurrent use.
//
// Package storetest holds the suite that checks these duties.
type Store interface {
	// Create begins a session: generation 1, unconfirmed, LastUsedAt = CreatedAt = now.
	// Its creation time is later than every cut-off that covers the subject, in the
	// same millisecond too: then CreatedAt, which is always ID.Created(), lies a little
	// ahead of the clock. When the subject has Limit live sessions, the oldest are
	// ended to make room (Created.Evicted, also in the log), or, with RefuseOverLimit,
	// the answer is ErrLimit. ErrInvalidSubject if Subject is unfit.
	Create(ctx context.Context, c Create) (Created, error)

	// Get returns a live session, or ErrNotFound.
	Get(ctx context.Context, id ID) (Session, error)

	// List returns the subject's live sessions, newest first. Nobody has none: that is
	// an empty list, not an error.
	List(ctx context.Context, subject string) ([]Session, error)

	// Rotate presents a refresh generation and applies the rotation rules; see Outcome.
	Rotate(ctx context.Context, r Rotation) (Rotated, error)

	// Confirm notes that access tokens of these generations were seen in use, for the
	// first time or again. It extends no life: IdleAt stays. A use of
	// a generation that is not the current one, or of a dead session, is no error and
	// changes nothing. LastUsedAt moves to now. Uses of different shards need not be one step.
	Confirm(ctx context.Context, uses []Use) error

	// Check answers nil when the session is alive and the token not revoked, otherwise
	// ErrRevoked. It changes nothing. A probe without ID is a token that belongs to no
	// session: it is refused by the cut-offs that cover it and by nothing else.
	Check(ctx context.Context, p Probe) error

	// Revoke ends what the Revocation names, appends it to the log in the same step, and
	// returns how many live sessions (for KindToken: live tokens) it ended. What was dead
	// counts 0 and is no error, and the refusal is written all the same, so that a
	// session which this store has lost is refused by every node that follows the log.
	// What the log still says of a session or a token is not said again. A token of a
	// session that is not alive is taken for the session (KindSession in the log, count
	// 0). A cut-off covers every session begun before, also one that began ahead of the
	// clock. ErrInvalidID or ErrInvalidSubject if what the Kind needs is zero or unfit.
	// KindAll on a store of several shards is one step a shard.
	Revoke(ctx context.Context, r Revocation) (int, error)
}

// Create asks for a new session.
type Create struct {
	Subject   string    // 1 to MaxSubject bytes
	AuthTime  time.Time // kept to the second
	IP        string    // cut to MaxIP bytes
	UserAgent string    // cut to MaxUserAgent bytes
	Device    string    // cut to MaxDevice bytes
	Claims    []byte    // kept as they are

	IdleTTL time.Duration // > 0: IdleAt = now + IdleTTL, at most EndsAt
	MaxTTL  time.Duration // > 0: EndsAt = CreatedAt + MaxTTL, for good
	Retain  time.Duration // > 0: how long an access token minted now may be valid; the log remembers evictions that long

	Limit           int  // live sessions of the subject with this one; 0: no limit
	RefuseOverLimit bool // ErrLimit instead of ending the oldest
}

// Created is the new session, and the sessions that were ended to make room for it.
type Created struct {
	Session Session
	Evicted []ID      // oldest first
	Now     time.Time // the store's clock
}

// Rotation presents generation Generation of session ID. That it comes from a
// genuine refresh token is the caller's business: see Codec.
type Rotation struct {
	ID         ID
	Generation uint32 // 0 and math.MaxUint32 are never issued: OutcomeGone, and nothing changes

	IdleTTL   time.Duration // > 0: on an advance IdleAt = now + IdleTTL, at most EndsAt
	Grace     time.Duration // 0 switches rule 3 off altogether: strict single use
	Retain    time.Duration // > 0: as in Create; the log remembers a kill that long
	IP        string        // noted on an advance
	UserAgent string        // noted on an advance

	// ReportReuse makes rule 4 answer OutcomeReused without killing the session: for
	// measuring false alarms before enforcing. The presented token is refused all the same.
	ReportReuse bool
}

// Outcome says which rule a Rotation met.
type Outcome uint8

// The rotation rules, g being the session's current generation and n the one presented.
const (
	// OutcomeGone (rule 1): no live session. Also every later answer for a killed one.
	OutcomeGone Outcome = iota
	// OutcomeAdvanced (rule 2): n = g; the session is now at g+1, unconfirmed.
	OutcomeAdvanced
	// OutcomeRetried (rule 3): n = g-1, and the advance was at most Grace ago, or g is
	// unconfirmed and the advance less than LateRetry ago. Nothing changed, the retry is
	// no use: the caller replies with generation g again.
	OutcomeRetried
	// OutcomeReused (rule 4): any other n < g. The session was revoked in this step.
	OutcomeReused
	// OutcomeAhead (rule 5): n > g, the store has lost writes; the session is now at n+1,
	// and all else is as for OutcomeAdvanced.
	OutcomeAhead
)

// Rotated is the answer to a Rotation. Session is the state after the step; for
// OutcomeReused as it was when it died; for OutcomeGone it is zero.
type Rotated struct {
	Outcome Outcome
	Session Session
	Now     time.Time // the store's clock
}

// Use is an access token seen in use.
type Use struct {
	ID         ID
	Generation uint32
}

// Probe asks whether an access token is still good. All fields come from a token
// whose signature was verified.
type Probe struct {
	ID      ID // zero: the token belongs to no session
	Token   TokenID
	Subject string

	// IssuedAt is when a token that belongs to no session was made, at the earliest. With
	// neither ID nor IssuedAt the answer is ErrRevoked. With an ID it means nothing.
	IssuedAt time.Time

	// Strict asks a store that keeps a local copy of the log to ask behind the copy as
	// well. Other stores are always strict.
	Strict bool
}

// Sessionless reports whether the token belongs to no session.
func (p Probe) Sessionless() bool { return p.ID == (ID{}) }

// CutBy reports whether a cut-off covers the token: its session, or, without one, the
// moment when it was made, whatever the cut-off spares.
func (p Probe) CutBy(c Cutoff) bool {
	if p.Sessionless() {
		return c.At > 0 && p.IssuedAt.UnixMilli() <= c.At
	}
	return c.Kills(p.ID)
}

// Kind is what a Revocation, or an Entry of the log, speaks of.
type Kind uint8

// Kinds of revocation. The zero Kind is invalid.
const (
	KindSession Kind = iota + 1 // one session: ID
	KindToken                   // one access token: ID and Token
	KindSubject                 // all sessions of Subject begun until now, but for Except
	KindAll                     // all sessions begun until now
)

// Revocation names what to end. Fields that its Kind does not name are ignored.
type Revocation struct {
	Kind    Kind
	ID      ID
	Token   TokenID
	Subject string

	// Except, if not zero, is the one session of Subject that KindSubject spares.
	Except ID

	// Reason says why, in a word or two: printable, cut to MaxReason bytes, "" if there is
	// none. It is kept with the tombstones (Endings) and is not in the log.
	Reason string

	// Retain (> 0) is how long an access token minted now may be valid; the log and
	// the tombstones remember the revocation that long.
	Retain time.Duration
}
