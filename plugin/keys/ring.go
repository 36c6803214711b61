package keys

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/golang-jwt/jwt/v4"
)

// Type is the typ header of every token that a Ring signs: an access token and nothing
// else (RFC 9068 section 2.1).
const Type = "at+jwt"

// Ring is the keys of a service. The first signs, all verify. It is safe for concurrent
// use, Replace included. Make it with NewRing; the zero Ring is of no use.
type Ring struct {
	replacing sync.Mutex
	state     atomic.Pointer[state]
	unknown   atomic.Pointer[func()]
}

// state is all that changes together. It is never written to after it is published.
type state struct {
	version uint64
	keys    []*Key
	byID    map[string]*Key
	jwks    []byte
	etag    string
}

// NewRing makes a ring. If the first key is a public one, all must be: the ring then
// verifies only. Ids differ. All mistakes are reported at once, as ErrRing.
func NewRing(keys ...*Key) (*Ring, error) {
	r := &Ring{}
	r.state.Store(&state{})
	if err := r.Replace(keys...); err != nil {
		return nil, err
	}
	return r, nil
}

// Replace swaps all keys in one step; rules and errors are NewRing's, and after an error
// the ring is as it was. A token that was being verified at that moment is judged by the
// old keys or by the new ones, never by a mixture.
func (r *Ring) Replace(keys ...*Key) error {
	next, err := newState(keys)
	if err != nil {
		return err
	}
	r.replacing.Lock()
	defer r.replacing.Unlock()
	next.version = r.state.Load().version + 1
	r.state.Store(next)
	return nil
}

func newState(keys []*Key) (*state, error) {
	s := &state{keys: slices.Clone(keys), byID: make(map[string]*Key, len(keys))}
	var mistakes []error
	mistake := func(format string, args ...any) {
		mistakes = append(mistakes, fmt.Errorf("%w: "+format, append([]any{ErrRing}, args...)...))
	}
	if len(keys) == 0 {
		mistake("no keys")
	}
	verifyOnly := len(keys) > 0 && usable(keys[0]) && !keys[0].CanSign()
	for i, k := range keys {
		switch {
		case !usable(k):
			mistake("key %d is nil or was not made by this package", i+1)
			continue
		case s.byID[k.id] != nil:
			mistake("key %d has the id %s of another key", i+1, k.id)
		case verifyOnly && k.CanSign():
			mistake("key %d can sign but the first, which would have to, cannot", i+1)
		}
		s.byID[k.id] = k
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	s.jwks = marshalJWKS(keys)
	s.etag = etagOf(s.jwks)
	return s, nil
}

// usable reports whether the key was made by a constructor.
func usable(k *Key) bool { return k != nil && k.reveal != nil }

// Version counts the calls of Replace, from 1. What was verified at one version must be
// verified again at another: a cache of verified tokens reads Version before Parse, keeps
// it with the result, and forgets results of other versions.
func (r *Ring) Version() uint64 { return r.state.Load().version }

// OnUnknownKey calls fn whenever a token names a key that the ring does not have, for
// whoever can find out about new keys. Anybody can send such a token: fn must be quick,
// and bound what it does. It does not help the token at hand.
func (r *Ring) OnUnknownKey(fn func()) { r.unknown.Store(&fn) }

// Keys lists the keys, the signing one first.
func (r *Ring) Keys() []*Key { return slices.Clone(r.state.Load().keys) }

// CanSign reports whether Sign works: false for a ring of public keys.
func (r *Ring) CanSign() bool { return r.state.Load().keys[0].CanSign() }

// Sign writes an access token with the first key. Its header is alg, kid and typ; the
// claims are taken as they are. ErrVerifyOnly if the ring cannot sign.
func (r *Ring) Sign(claims jwt.MapClaims) (string, error) {
	k := r.state.Load().keys[0]
	if !k.CanSign() {
		return "", ErrVerifyOnly
	}
	token := jwt.Token{
		Header: map[string]any{"alg": k.Alg(), "kid": k.id, "typ": Type},
		Claims: claims,
		Method: k.method,
	}
	return token.SignedString(k.reveal().sign)
}
