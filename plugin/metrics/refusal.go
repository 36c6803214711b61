package metrics

import (
	"strings"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// refusal is one series of ginauth_refusals_total.
type refusal struct {
	kind   ginauth.EventKind
	reason string
}

// otherReason stands for every word that is not on the list.
const otherReason = "other"

// reasons are the words of the error table. Only these become labels, whatever an
// event says.
var reasons = wordsOf(
	ginauth.ErrInvalidRequest, ginauth.ErrInvalidCredentials, ginauth.ErrTokenMissing, ginauth.ErrInvalidClient,
	ginauth.ErrTokenInvalid, ginauth.ErrTokenExpired, ginauth.ErrTokenRevoked, ginauth.ErrReauthenticationRequired,
	ginauth.ErrInvalidGrant, ginauth.ErrForbidden, ginauth.ErrCrossOrigin, ginauth.ErrNotFound,
	ginauth.ErrMethodNotAllowed, ginauth.ErrTooLarge, ginauth.ErrTooManyAttempts, ginauth.ErrUnavailable,
	ginauth.ErrInternal,
)

// wordsOf takes the words out of classes, whose text is "ginauth: <word>".
func wordsOf(classes ...error) map[string]bool {
	words := make(map[string]bool)
	for _, class := range classes {
		words[strings.TrimPrefix(class.Error(), "ginauth: ")] = true
	}
	return words
}

// refusals are all the series.
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

// refusalOf is the series an event belongs to; one that does not exist if the event is
// no refusal.
func refusalOf(e ginauth.Event) refusal {
	if reasons[e.Reason] {
		return refusal{e.Kind, e.Reason}
	}
	return refusal{e.Kind, otherReason}
}
