package metrics

import ginauth "github.com/ginauth/ginauth/plugin"

// refusal is one series of ginauth_refusals_total.
type refusal struct {
	kind   ginauth.EventKind
	reason string
}

// otherReason replaces every reason that is not in reasons.
const otherReason = "other"

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
	return all
}

// refusalOf returns the series of an event. If the event is not a refusal, there is no series
// of that kind.
func refusalOf(e ginauth.Event) refusal {
	if reasons[e.Reason] {
		return refusal{e.Kind, e.Reason}
	}
	return refusal{e.Kind, otherReason}
}
