package session

import (
	"context"
	"fmt"
	"time"
)

// Store keeps sessions. Its verbs are the steps of the protocol. Each is one atomic step; there
// is no Set, with which callers could race.
//
// Duties of every implementation:
//
//   - Time is the store's own clock. Nodes with different clocks get the same answers.
//   - Each verb may reach the store twice, because a client library repeats it when the reply
//     was lost. The second run changes nothing and returns the answer of the first.
//   - A step whose caller received ErrUnavailable does not happen later: it carries a deadline
//     by the store's clock, and past the deadline it does nothing.
//   - Errors are those of this package. ErrUnavailable, and any other error, means "unknown",
//     and the caller refuses. A call ends within a few seconds even if its context has no
//     deadline.
//   - A session is alive if it is present, not revoked, before its Deadline, and began after
//     every cut-off that covers it.
//   - All methods are safe for concurrent use.
//
// The suite of package storetest checks these duties. Optional interfaces of a store are
// [Log], [Endings], [Roster], [Feed], [Barrier], [Notifier], [Pinger], [Closer], [Doubter],
// [Keeper] and [Unwrapper].
type Store interface {
	// Create begins a session: generation 1, unconfirmed, LastUsedAt = CreatedAt = now. Its
	// creation time is later than every cut-off that covers the subject, even a cut-off of the
	// same millisecond; CreatedAt, which always equals ID.Created(), is then slightly ahead of
	// the clock. If a cut-off that covers the subject was made after Create.Began, Create
	// begins nothing and returns ErrOvertaken. When the subject then has more than Limit live
	// sessions, Create ends those that would idle out first, but not the new one (they are in
	// Created.Evicted and in the log), or returns ErrLimit and begins nothing if
	// RefuseOverLimit is set. It returns ErrInvalidSubject unless ValidSubject(Subject).
	Create(ctx context.Context, c Create) (Created, error)

	// Now returns the present moment, for Create.Began. It makes no call and does not fail.
	Now() time.Time

	// Get returns a live session, otherwise ErrNotFound.
	Get(ctx context.Context, id ID) (Session, error)

	// List returns the subject's live sessions, newest first. A subject without sessions
	// yields an empty list, a text that is no ValidSubject the error ErrInvalidSubject. A long
	// list need not be one step.
	List(ctx context.Context, subject string) ([]Session, error)

	// Rotate presents a refresh generation and applies the rotation rules; see [Outcome].
	Rotate(ctx context.Context, r Rotation) (Rotated, error)

	// Confirm records that access tokens of these generations were seen in use, for the first
	// time or again. LastUsedAt becomes now. The session does not live longer: IdleAt stays. A
	// use of a dead session, or of a generation other than the current one, changes nothing
	// and is not an error. Uses of different shards need not be one step.
	Confirm(ctx context.Context, uses []Use) error

	// Check returns nil if the session is alive and the token is not revoked, otherwise
	// ErrRevoked, or ErrInvalidID if there is no such session and its ID is Ahead of the store's
	// clock. It changes nothing. A probe without ID is a token that belongs to no
	// session: only a cut-off that covers it revokes it.
	Check(ctx context.Context, p Probe) error

	// Revoke ends what the Revocation names, appends it to the log in the same step, and
	// returns how many live sessions (for KindToken: live tokens) it ended. Revoking a session
	// that is not alive counts 0 and is not an error. It is logged nevertheless, so that every
	// node that follows the log refuses a session which this store has lost. Revoke does not
	// repeat an entry about a session or a token that the log still holds. A token of a
	// session that is not alive is logged as the session (KindSession, count 0). A cut-off
	// covers every session that began before the call, including one that began ahead of the
	// clock. It is in force, for all of them, as soon as it is in the log; the sessions may be
	// counted later. They stay dead when the store has forgotten it. Revoke returns ErrInvalidID
	// or ErrInvalidSubject if the field that the Kind needs is zero or invalid. KindAll on a
	// store of several shards is one step per shard.
	Revoke(ctx context.Context, r Revocation) (int, error)
}

// Create is a request for a new session.
type Create struct {
	Subject   string    // a ValidSubject
	AuthTime  time.Time // kept to the second
	IP        string    // cut to MaxIP bytes
	UserAgent string    // cut to MaxUserAgent bytes
	Device    string    // cut to MaxDevice bytes
	Claims    []byte    // kept unchanged

	// Began is when the login began, as Store.Now told it then: before anything was read that
	// a revocation may follow, such as the password's hash. Zero: at the call. A store that
	// cannot tell whether a cut-off came first assumes that it came after.
	Began time.Time

	IdleTTL time.Duration // > 0: IdleAt = now + IdleTTL, at most EndsAt
	MaxTTL  time.Duration // > 0: EndsAt = CreatedAt + MaxTTL, which never changes

	// TokenEnd is the latest exp of the access token that the caller mints from the answer. The
	// session remembers the latest one of all its tokens, and a revocation lasts until then.
	TokenEnd time.Time

	Limit           int  // live sessions of the subject, including this one; 0: no limit
	RefuseOverLimit bool // return ErrLimit instead of ending others
}

// Created holds the new session and the sessions that were ended to make room for it.
type Created struct {
	Session Session
	Evicted []ID      // the one that would have idled out first comes first
	Now     time.Time // the store's clock
}

// Use is an access token that was seen in use.
type Use struct {
	ID         ID
	Generation uint32
}

// Probe asks whether an access token is still valid. Its fields come from a token whose
// signature was verified, except Strict.
type Probe struct {
	ID      ID // zero: the token belongs to no session
	Token   TokenID
	Subject string

	// IssuedAt is the earliest time at which a token without a session can have been issued.
	// Without ID and IssuedAt the answer is ErrRevoked. With an ID it has no effect.
	IssuedAt time.Time

	// Strict makes a store that keeps a local copy of the log also ask the store inside.
	// Other stores are always strict.
	Strict bool
}

// Sessionless reports whether the probe is of a token that belongs to no session.
func (p Probe) Sessionless() bool { return p.ID == (ID{}) }

// EndedBy reports whether a cut-off ends the token's session. For a token without a session it
// compares the time of issue, and the exception of the cut-off has no effect.
func (p Probe) EndedBy(c Cutoff) bool {
	if p.Sessionless() {
		return c.At > 0 && p.IssuedAt.UnixMilli() <= c.At
	}
	return c.Ends(p.ID)
}

// Kind is the kind of thing that a [Revocation] or an [Entry] revokes.
type Kind uint8

// Kinds of revocation. The zero Kind is invalid.
const (
	KindSession Kind = iota + 1 // one session: ID
	KindToken                   // one access token: ID and Token
	KindSubject                 // all sessions of Subject begun until now, except Except
	KindAll                     // all sessions begun until now
)

// Revocation names what to end. Fields that its Kind does not need are ignored.
type Revocation struct {
	Kind    Kind
	ID      ID
	Token   TokenID
	Subject string

	// Except, if not zero, is the one session of Subject that KindSubject spares.
	Except ID

	// Reason is the reason in a word or two: printable text, cut to MaxReason bytes, or "". It
	// is kept with the tombstones (see [Endings]) and is not in the log.
	Reason string

	// Until is the latest exp, known to the caller, of the access tokens that the revocation
	// covers. The store remembers the revocation at least that long, and at least (within a
	// minute) until the latest Create.TokenEnd and Rotation.TokenEnd of what it covers: of the session for
	// KindSession, of the whole shard for a session that the store does not have, KindSubject
	// and KindAll. For KindToken, Until alone counts. Zero: the caller knows of none.
	Until time.Time
}

// Validate returns what [Store].Revoke must return before it does anything: [ErrInvalidID] or
// [ErrInvalidSubject] if the field that the Kind needs is zero or unfit, another error for a
// Kind that does not exist, and nil otherwise.
func (r Revocation) Validate() error {
	switch r.Kind {
	case KindSession:
		if r.ID == (ID{}) {
			return ErrInvalidID
		}
	case KindToken:
		if r.ID == (ID{}) || r.Token == (TokenID{}) {
			return ErrInvalidID
		}
	case KindSubject:
		if !ValidSubject(r.Subject) {
			return ErrInvalidSubject
		}
	case KindAll:
	default:
		return fmt.Errorf("session: unknown kind of revocation %d", r.Kind)
	}
	return nil
}
