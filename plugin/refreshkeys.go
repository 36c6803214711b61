package ginauth

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/session"
)

// refreshInfo separates refresh keys from every other use of the same secret (RFC
// 5869 section 3.2).
const refreshInfo = "ginauth refresh token v1"

// refreshKeys is the refresh-token codec. With a RefreshKey it never changes;
// without one it follows the ring, so that replacing keys at run time replaces the
// refresh keys derived from them on every node alike.
type refreshKeys struct {
	ring     *keys.Ring // nil: fixed
	previous [][]byte
	current  atomic.Pointer[versionedCodec]
}

type versionedCodec struct {
	*session.Codec
	version uint64
}

func newRefreshKeys(c Config, ring *keys.Ring) (*refreshKeys, error) {
	r := &refreshKeys{}
	for _, key := range c.PreviousRefreshKeys { // the caller's, who may wipe them
		r.previous = append(r.previous, bytes.Clone(key))
	}
	if len(c.RefreshKey) == 0 && ring.CanSign() {
		r.ring = ring
		_, err := r.derive(ring.Version())
		return r, err
	}
	key := c.RefreshKey
	if len(key) == 0 { // verify-only: no refresh token is ours
		key = make([]byte, session.MinRefreshKey)
		_, _ = rand.Read(key)
	}
	codec, err := session.NewCodec(key, c.PreviousRefreshKeys...)
	if err != nil {
		return nil, fmt.Errorf("ginauth: Config.RefreshKey: %w", err)
	}
	r.current.Store(&versionedCodec{Codec: codec})
	return r, nil
}

func (r *refreshKeys) Encode(t session.Refresh) string { return r.codec().Encode(t) }

func (r *refreshKeys) Decode(s string) (session.Refresh, error) { return r.codec().Decode(s) }

func (r *refreshKeys) codec() *session.Codec {
	current := r.current.Load()
	if r.ring == nil || current.version == r.ring.Version() {
		return current.Codec
	}
	// A ring whose keys derive nothing keeps the codec that it had.
	if codec, err := r.derive(r.ring.Version()); err == nil {
		return codec
	}
	return current.Codec
}

// derive makes the codec of the ring's present keys: the signing key's first, then
// those of every other key that holds a secret.
func (r *refreshKeys) derive(version uint64) (*session.Codec, error) {
	var derived [][]byte
	for _, key := range r.ring.Keys() {
		if !key.CanSign() {
			continue
		}
		secret, err := key.Derive(refreshInfo)
		if err != nil {
			return nil, fmt.Errorf("ginauth: Config.Keys: %w", err)
		}
		derived = append(derived, secret)
	}
	if len(derived) == 0 {
		return nil, fmt.Errorf("ginauth: Config.Keys: %w", session.ErrWeakKey)
	}
	codec, err := session.NewCodec(derived[0], append(derived[1:], r.previous...)...)
	if err != nil {
		return nil, fmt.Errorf("ginauth: Config.RefreshKey: %w", err)
	}
	r.current.Store(&versionedCodec{codec, version})
	return codec, nil
}
