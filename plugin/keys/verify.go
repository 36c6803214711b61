package keys

import (
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// Parse verifies a token with the ring's key for it, and reads its claims into a
// jwt.MapClaims. Errors are golang-jwt's (errors.Is with jwt.ErrTokenSignatureInvalid and
// so on), around ErrUnknownKey or ErrCritical where the header is refused.
//
// It checks what the parser checks and no more: not typ, not the spelling of base64url, no
// duplicate members. parser must not be nil; its ValidMethods are not needed, since
// each key is for one algorithm.
func (r *Ring) Parse(parser *jwt.Parser, token string) (*jwt.Token, error) {
	return parser.Parse(token, r.Keyfunc)
}

// Keyfunc is a jwt.Keyfunc: it chooses the key by kid and alg alone. Header parameters that
// carry or point to a key (jwk, jku, x5c, x5u) are ignored: a token does not vouch for
// itself. A token with a kid is judged by the key of that name and no other; one without,
// made before there was a ring, by each key of exactly its algorithm.
//
// Errors are ErrUnknownKey and ErrCritical and never a *jwt.ValidationError, whose flags
// callers of golang-jwt take for the verdict on a token whose signature was verified.
func (r *Ring) Keyfunc(t *jwt.Token) (any, error) {
	if _, ok := t.Header["crit"]; ok {
		return nil, ErrCritical
	}
	s := r.state.Load()
	kid, ok := t.Header["kid"]
	if !ok {
		return s.withoutID(t)
	}
	id, ok := kid.(string)
	if !ok {
		return nil, fmt.Errorf("%w: kid is not a string", ErrUnknownKey)
	}
	k := s.byID[id]
	if k == nil {
		if fn := r.unknown.Load(); fn != nil {
			(*fn)()
		}
		return nil, fmt.Errorf("%w: unknown kid", ErrUnknownKey)
	}
	if k.method != t.Method {
		return nil, fmt.Errorf("%w: the key of this kid is for %s", ErrUnknownKey, k.Alg())
	}
	return k.reveal().verify, nil
}

// withoutID finds the key of a token without a kid. golang-jwt verifies with the one key it
// is given, so where there are several, each is tried here first; the last needs no trial.
func (s *state) withoutID(t *jwt.Token) (any, error) {
	var last *Key
	for _, k := range s.keys {
		if k.method != t.Method {
			continue
		}
		if last != nil && signedBy(t, last) {
			return last.reveal().verify, nil
		}
		last = k
	}
	if last == nil {
		return nil, fmt.Errorf("%w: no kid, and no key for its algorithm", ErrUnknownKey)
	}
	return last.reveal().verify, nil
}

func signedBy(t *jwt.Token, k *Key) bool {
	dot := strings.LastIndexByte(t.Raw, '.')
	return dot >= 0 && k.method.Verify(t.Raw[:dot], t.Raw[dot+1:], k.reveal().verify) == nil
}
