package keys

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/golang-jwt/jwt/v4"
)

// Ring holds the keys of a service: the first signs, all verify. Make it with [NewRing]; the
// zero Ring does not work. It is safe for concurrent use, [Ring.Replace] included.
type Ring struct {
	replacing sync.Mutex
	state     atomic.Pointer[state]
	unknown   atomic.Pointer[func()]
}

// state holds what changes together. It is never written after it is published.
type state struct {
	version uint64
	keys    []*Key
	byID    map[string]*Key
	jwks    []byte
	etag    string
}

// NewRing makes a ring of at least one key. If the first key is public, all must be; the ring
// then cannot sign. No two keys may have the same id. The error lists every mistake and
// wraps [ErrRing].
func NewRing(keys ...*Key) (*Ring, error) {
	r := &Ring{}
	r.state.Store(&state{})
	if err := r.Replace(keys...); err != nil {
		return nil, err
	}
	return r, nil
}

// Replace swaps all keys in one step. The rules and errors are those of [NewRing]; after an
// error the ring is unchanged. A token that is being verified at that moment meets the old
// keys or the new ones, never a mixture.
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
		mistake("no keys; want at least one")
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
			mistake("key %d can sign but the first cannot; put a key that signs first, or public keys only", i+1)
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

// usable reports whether a constructor made the key.
func usable(k *Key) bool { return k != nil && k.reveal != nil }

// Version counts the sets of keys so far: 1 after [NewRing], one more with each
// [Ring.Replace]. A cache of verified tokens reads it before it verifies, stores it with the
// result, and drops results of other versions.
func (r *Ring) Version() uint64 { return r.state.Load().version }

// OnUnknownKey makes the ring call fn whenever a token names a key that the ring lacks, so
// that fn can look for new keys. It replaces an earlier fn. Any client can send a token like
// that: fn must return fast and limit its work. The token that named the key is still refused.
func (r *Ring) OnUnknownKey(fn func()) { r.unknown.Store(&fn) }

// Keys returns the keys, the signing key first.
func (r *Ring) Keys() []*Key { return slices.Clone(r.state.Load().keys) }

// CanSign reports whether the ring can sign. A ring of public keys cannot.
func (r *Ring) CanSign() bool { return r.state.Load().keys[0].CanSign() }

// Sign returns a token signed by the first key. The header has alg, kid and the given typ, such
// as "JWT", or "at+jwt" for an access token with all claims of RFC 9068 section 2.2. The claims
// are written as given. The error is [ErrVerifyOnly] if the ring cannot sign.
func (r *Ring) Sign(typ string, claims jwt.MapClaims) (string, error) {
	k := r.state.Load().keys[0]
	if !k.CanSign() {
		return "", ErrVerifyOnly
	}
	token := jwt.Token{
		Header: map[string]any{"alg": k.Alg(), "kid": k.id, "typ": typ},
		Claims: claims,
		Method: k.method,
	}
	return token.SignedString(k.reveal().sign)
}
