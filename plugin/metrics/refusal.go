package metrics

import ginauth "github.com/ginauth/ginauth/plugin"

// refusal is one series of ginauth_refusals_total.
type refusal struct {
	kind   ginauth.EventKind
	reason string
}

const (
	// otherReason replaces every reason that is not in reasons.
	otherReason = "other"
	// overtakenReason is a login that began before a revocation of its user: no outage, although
	// the client gets the code of one.
	overtakenReason = "overtaken"
)

// reasons are the codes of the error table. Only these become labels, whatever Reason an
// event has.
var reasons = codesOf(
	ginauth.ErrInvalidRequest, ginauth.ErrInvalidCredentials, ginauth.ErrTokenMissing, ginauth.ErrInvalidClient,
	ginauth.ErrTokenInvalid, ginauth.ErrTokenExpired, ginauth.ErrTokenRevoked, ginauth.ErrReauthenticationRequired,
	ginauth.ErrInvalidGrant, ginauth.ErrForbidden, ginauth.ErrCrossOrigin, ginauth.ErrNotFound,
	ginauth.ErrMethodNotAllowed, ginauth.ErrTooLarge, ginauth.ErrTooManyAttempts, ginauth.ErrUnavailable,
	ginauth.ErrInternal,
)

func codesOf(classes ...error) map[string]bool {
	codes := make(map[string]bool)
	for _, class := range classes {
		_, code := ginauth.Code(class)
		codes[code] = true
	}
	return codes
}

// refusals returns all series.
func refusals() []refusal {
	var all []refusal
	for _, kind := range []ginauth.EventKind{ginauth.EventLoginFailed, ginauth.EventRefused} {
		for reason := range reasons {
			all = append(all, refusal{kind, reason})
		}
		all = append(all, refusal{kind, otherReason})
	}
	return append(all, refusal{ginauth.EventLoginFailed, overtakenReason})
}

// refusalOf returns the series of an event. If the event is not a refusal, there is no series
// of that kind.
func refusalOf(e ginauth.Event) refusal {
	if reasons[e.Reason] || e.Kind == ginauth.EventLoginFailed && e.Reason == overtakenReason {
		return refusal{e.Kind, e.Reason}
	}
	return refusal{e.Kind, otherReason}
}
