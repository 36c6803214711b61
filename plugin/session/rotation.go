package session

import "time"

// LateRetry bounds the second half of rotation rule 3: within this time after a rotation, the
// previous refresh token still returns its successor, as long as the successor has not been
// seen in use.
const LateRetry = 24 * time.Hour

// MaxLateRetries is how many generations in a row may be retried late. The next late retry in
// the row is reuse: see [OutcomeRetried].
const MaxLateRetries = 2

// Rotation presents generation Generation of session ID. The caller has verified the refresh
// token that it comes from.
type Rotation struct {
	ID         ID
	Generation uint32 // 0 and math.MaxUint32 are never issued: OutcomeGone, and nothing changes

	IdleTTL   time.Duration // > 0: on an advance IdleAt = now + IdleTTL, at most EndsAt
	Grace     time.Duration // 0 switches off rule 3 entirely: strict single use
	TokenEnd  time.Time     // as in Create; remembered unless the outcome is OutcomeGone or OutcomeReused
	IP        string        // recorded on an advance
	UserAgent string        // recorded on an advance

	// ReportReuse makes rule 4 return OutcomeReused without revoking the session, to measure
	// false alarms before enforcing the rule. The presented token is refused in any case.
	ReportReuse bool
}

// Outcome is the rule that applied to a [Rotation].
type Outcome uint8

// The rotation rules, which [Rotation.Judge] applies. g is the session's current generation, n the
// presented one.
const (
	// OutcomeGone (rule 1): there is no live session. Every later answer for a revoked session
	// is the same.
	OutcomeGone Outcome = iota
	// OutcomeAdvanced (rule 2): n = g; the session is now at g+1, unconfirmed.
	OutcomeAdvanced
	// OutcomeRetried (rule 3): n = g-1, and the advance was at most Grace ago, or g is
	// unconfirmed and the advance was less than LateRetry ago. The retry does not count as a
	// use. The caller replies with generation g again.
	//
	// A retry later than Grace is late. The first late retry of a generation g is counted in
	// Session.LateRetries; it is the only thing that a retry changes. The count begins anew
	// where a generation was left without a late retry: by an ordinary refresh. Once
	// MaxLateRetries generations in a row were retried late, a late retry of the next one is
	// rule 4. See [Rotation.Judge].
	OutcomeRetried
	// OutcomeReused (rule 4): any other n < g. This step has revoked the session, unless
	// ReportReuse is set.
	OutcomeReused
	// OutcomeAhead (rule 5): n > g, so the store has lost writes. The session is now at n+1;
	// everything else is as for OutcomeAdvanced.
	OutcomeAhead
)

// Rotated is the answer to a [Rotation]. Session is the session after the step, for
// OutcomeReused as it was when it ended, and for OutcomeGone zero. For OutcomeRetried its IP and
// UserAgent are those of the advance that is retried.
type Rotated struct {
	Outcome Outcome
	Session Session
	Now     time.Time // the store's clock
}

// Judge returns the outcome of the rules 2 to 5 for a live session, whose present moment is now
// by the store's clock. A retry within Grace is always OutcomeRetried, a late one only within
// LateRetry of the advance, while the generation is unconfirmed, and if it is counted already or
// fewer than MaxLateRetries generations before it were. It ignores ReportReuse.
func (r Rotation) Judge(s Session, now time.Time) Outcome {
	age := now.Sub(s.RotatedAt)
	switch {
	case r.Generation == s.Generation:
		return OutcomeAdvanced
	case r.Generation > s.Generation:
		return OutcomeAhead
	case r.Generation != s.Generation-1, r.Grace <= 0:
		return OutcomeReused
	case age <= r.Grace:
		return OutcomeRetried
	case s.Confirmed, age >= LateRetry, !s.RetriedLate && s.LateRetries >= MaxLateRetries:
		return OutcomeReused
	}
	return OutcomeRetried
}

// Late reports whether a retry at this moment is a late one.
func (r Rotation) Late(s Session, now time.Time) bool { return now.Sub(s.RotatedAt) > r.Grace }

// OtherClient reports whether the rotation comes from another address or User-Agent than those
// that the session recorded: for a retry, whether another client may have made the advance.
func (r Rotation) OtherClient(s Session) bool {
	return r.IP[:min(len(r.IP), MaxIP)] != s.IP || r.UserAgent[:min(len(r.UserAgent), MaxUserAgent)] != s.UserAgent
}
