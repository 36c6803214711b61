package wire

import (
	"errors"
	"net/http"
	"slices"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// Standing says how far a token verifies.
type Standing uint8

// The standings, from worst to best.
const (
	Junk Standing = iota // made by somebody else, or damaged
	Dead                 // genuine, but past its time
	Live                 // genuine, and within its time; whether it is revoked is not asked
)

// maxCandidates bounds the signatures that one request can have checked. Further ones are
// not looked at, and the request has ErrTooManyTokens: otherwise a heap of junk could hide one of
// two tokens that verify.
const maxCandidates = 16

// ErrTooManyTokens means that a request has more tokens of one kind than are looked at.
var ErrTooManyTokens = errors.New("too many different tokens")

// candidates are the different tokens of one kind in a request. There is usually one at most,
// and then nothing is allocated.
type candidates struct {
	first string
	more  []string
}

func (s *candidates) add(token string) {
	switch {
	case token == "" || token == s.first || len(s.more) == maxCandidates || slices.Contains(s.more, token):
	case s.first == "":
		s.first = token
	default:
		s.more = append(s.more, token)
	}
}

func (s *candidates) addCookies(r *http.Request, name string) {
	for _, cookie := range r.CookiesNamed(name) {
		s.add(cookie.Value)
	}
}

// counts returns the token that counts, "" if there is none. Browsers keep stale cookies, and
// other sites on the domain can plant some under the same name, so of several tokens the one
// that verifies counts. Nobody may choose between two that both do: that is InvalidRequest.
func (s *candidates) counts(judge func(string) Standing) (string, error) {
	if len(s.more) == 0 {
		return s.first, nil
	}
	if len(s.more) == maxCandidates {
		return "", refusal.Wrap(refusal.InvalidRequest, ErrTooManyTokens)
	}
	found, best, several := s.first, judge(s.first), false
	for _, token := range s.more {
		switch standing := judge(token); {
		case standing > best:
			found, best, several = token, standing, false
		case standing == best:
			several = true
		}
	}
	if several && best == Live {
		return "", refusal.Wrap(refusal.InvalidRequest, errTwoTokens)
	}
	return found, nil
}
