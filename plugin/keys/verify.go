package keys

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// Keyfunc is a [jwt.Keyfunc]: it returns the key that verifies a token, chosen by the kid and
// alg of its header alone. A token with a kid is verified by the key of that name and no
// other. A token without one, as gin-jwt makes them, is verified by the keys of exactly its
// algorithm. Parameters that carry or point to a key (jwk, jku, x5c, x5u) are ignored: a
// token cannot vouch for itself.
//
// Each key is for one algorithm, so a parser needs no ValidMethods with it. A parser does not
// check typ, the spelling of base64url or duplicate members; ginauth's middleware does.
//
// golang-jwt's parser accepts a PS256, PS384 or PS512 signature with a salt of any length, where
// RFC 7518 section 3.5 allows the length of the hash alone. Keyfunc refuses the others, so such
// a token is verified twice.
//
// Errors are [ErrUnknownKey], [ErrCritical] and [ErrSignature], never a *jwt.ValidationError:
// its flags would say that the signature was verified.
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
	return k.toVerify(t)
}

// toVerify returns the key for golang-jwt to verify the token with. It refuses what golang-jwt
// would accept and the standard does not: a PSS signature with a salt of another length.
func (k *Key) toVerify(t *jwt.Token) (any, error) {
	if _, pss := k.method.(*jwt.SigningMethodRSAPSS); pss && !signedBy(t, k) {
		return nil, ErrSignature
	}
	return k.reveal().verify, nil
}

// withoutID finds the key for a token without a kid. golang-jwt verifies with the one key it
// is given, so if there are several, each is tried here first. The last one needs no trial.
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
	return last.toVerify(t)
}

func signedBy(t *jwt.Token, k *Key) bool {
	dot := strings.LastIndexByte(t.Raw, '.')
	return dot >= 0 && exact(k.method).Verify(t.Raw[:dot], t.Raw[dot+1:], k.reveal().verify) == nil
}

// exact returns the method with a PSS salt as long as the hash, and no other.
func exact(method jwt.SigningMethod) jwt.SigningMethod {
	pss, ok := method.(*jwt.SigningMethodRSAPSS)
	if !ok {
		return method
	}
	return &jwt.SigningMethodRSAPSS{
		SigningMethodRSA: pss.SigningMethodRSA,
		Options:          &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash},
	}
}
