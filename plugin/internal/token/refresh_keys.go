package token

import (
	"crypto/rand"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/keys"
)

// refreshInfo separates refresh keys from every other use of the same secret (RFC 5869
// section 3.2).
const refreshInfo = "ginauth refresh token v1"

// RefreshTokens is the refresh-token codec of an application. With keys of its own it never
// changes. Without them it follows the ring: when the ring's keys are replaced at run time,
// every node derives the same new refresh keys. Safe for concurrent use.
type RefreshTokens struct {
	ring    *keys.Ring // nil: the codec never changes
	current atomic.Pointer[versionedCodec]
}

type versionedCodec struct {
	*Codec
	version uint64 // of the ring
}

// NewRefreshTokens uses the given keys, the first of which signs, or, without any, keys
// derived from the ring. A ring that cannot sign gets a random key: a service that only
// verifies accepts no refresh token.
func NewRefreshTokens(own [][]byte, ring *keys.Ring) (*RefreshTokens, error) {
	r := &RefreshTokens{}
	if len(own) == 0 && ring.CanSign() {
		r.ring = ring
		_, err := r.derive(ring.Version())
		return r, err
	}
	if len(own) == 0 {
		key := make([]byte, MinRefreshKey)
		_, _ = rand.Read(key)
		own = [][]byte{key}
	}
	codec, err := NewCodec(own...)
	if err != nil {
		return nil, err
	}
	r.current.Store(&versionedCodec{Codec: codec})
	return r, nil
}

// Encode is [Codec.Encode] with the current keys.
func (r *RefreshTokens) Encode(t Refresh) string { return r.codec().Encode(t) }

// Decode is [Codec.Decode] with the present keys.
func (r *RefreshTokens) Decode(s string) (Refresh, error) { return r.codec().Decode(s) }

func (r *RefreshTokens) codec() *Codec {
	current := r.current.Load()
	if r.ring == nil || current.version == r.ring.Version() {
		return current.Codec
	}
	// If no key of the new ring can be derived from, the previous codec stays.
	if codec, err := r.derive(r.ring.Version()); err == nil {
		return codec
	}
	return current.Codec
}

// derive makes the codec of the ring's present keys: the signing key's first, then those of
// every other key that holds a secret.
func (r *RefreshTokens) derive(version uint64) (*Codec, error) {
	var derived [][]byte
	for _, key := range r.ring.Keys() {
		if !key.CanSign() {
			continue
		}
		secret, err := key.Derive(refreshInfo)
		if err != nil {
			return nil, err
		}
		derived = append(derived, secret)
	}
	if len(derived) == 0 {
		return nil, ErrWeakKey
	}
	codec, err := NewCodec(derived...)
	if err != nil {
		return nil, err
	}
	r.current.Store(&versionedCodec{codec, version})
	return codec, nil
}
