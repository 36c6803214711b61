package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"strings"
)

// MinRefreshKey is the shortest refresh key in bytes.
const MinRefreshKey = 32

// RefreshPrefix begins every refresh token; no access token begins so.
const RefreshPrefix = "rt1_"

const (
	keyIDLen   = 4
	tagLen     = 16
	signedLen  = keyIDLen + 16 + 4
	refreshLen = signedLen + tagLen
)

// refreshText is the length of a refresh token in characters.
var refreshText = len(RefreshPrefix) + strict.EncodedLen(refreshLen)

// Refresh is what a refresh token says: a generation of a session.
type Refresh struct {
	ID         ID
	Generation uint32
}

// Codec writes and reads refresh tokens:
//
//	rt1_ base64url( key id (4 bytes) | session id (16) | generation (4) | tag (16) )
//
// The tag is HMAC-SHA-256, cut to 128 bits, over the prefix and everything before
// it. The token is a function of session, generation and key: a retry can be
// answered with the very same token although no token is kept anywhere, and a
// store's content lets nobody compute one. A genuine token says nothing about the
// session being alive; Store.Rotate decides that.
//
// A Codec is immutable and safe for concurrent use.
type Codec struct{ keys []refreshKey }

type refreshKey struct {
	id  [keyIDLen]byte
	key []byte
}

// NewCodec makes a codec that signs with key and also accepts tokens made with the
// previous keys. Keys are uniformly random and at least MinRefreshKey bytes, else
// ErrWeakKey; length is checked, randomness cannot be.
func NewCodec(key []byte, previous ...[]byte) (*Codec, error) {
	c := &Codec{}
	for i, k := range append([][]byte{key}, previous...) {
		if len(k) < MinRefreshKey {
			return nil, fmt.Errorf("key %d: %d bytes: %w", i, len(k), ErrWeakKey)
		}
		rk := refreshKey{key: append([]byte(nil), k...)}
		// A key id must not help to guess the key: it is a MAC of a fixed text.
		copy(rk.id[:], mac(k, []byte("ginauth refresh key id")))
		c.keys = append(c.keys, rk)
	}
	return c, nil
}

// Encode writes the refresh token of a generation, with the newest key.
func (c *Codec) Encode(r Refresh) string {
	var b [refreshLen]byte
	k := c.keys[0]
	copy(b[:], k.id[:])
	copy(b[keyIDLen:], r.ID[:])
	binary.BigEndian.PutUint32(b[keyIDLen+16:], r.Generation)
	copy(b[signedLen:], k.tag(b[:signedLen]))
	return RefreshPrefix + strict.EncodeToString(b[:])
}

// Decode reads a refresh token. Anything that Encode of this codec (or of one with a
// previous key) did not write, to the character, is ErrInvalidRefresh. It costs one
// HMAC at most and asks nobody, so junk is cheap.
func (c *Codec) Decode(s string) (Refresh, error) {
	b, ok := refreshBytes(s)
	if !ok {
		return Refresh{}, ErrInvalidRefresh
	}
	for _, k := range c.keys {
		if k.id != [keyIDLen]byte(b[:keyIDLen]) {
			continue
		}
		if subtle.ConstantTimeCompare(k.tag(b[:signedLen]), b[signedLen:]) == 1 {
			return refreshOf(b), nil
		}
	}
	return Refresh{}, ErrInvalidRefresh
}

// UnverifiedRefresh reads a refresh token without a key: its form is checked, its tag is
// not, so anybody can have written it. It is for ending a session that a found token
// names, which needs no proof; never take it for the right to anything. Text of another
// form is ErrInvalidRefresh.
func UnverifiedRefresh(s string) (Refresh, error) {
	b, ok := refreshBytes(s)
	if !ok {
		return Refresh{}, ErrInvalidRefresh
	}
	return refreshOf(b), nil
}

func refreshBytes(s string) (b [refreshLen]byte, ok bool) {
	rest, ok := strings.CutPrefix(s, RefreshPrefix)
	if !ok || len(s) != refreshText {
		return b, false
	}
	n, err := strict.Decode(b[:], []byte(rest))
	return b, err == nil && n == refreshLen
}

func refreshOf(b [refreshLen]byte) Refresh {
	r := Refresh{Generation: binary.BigEndian.Uint32(b[keyIDLen+16:])}
	copy(r.ID[:], b[keyIDLen:])
	return r
}

func (k refreshKey) tag(signed []byte) []byte {
	return mac(k.key, []byte(RefreshPrefix), signed)[:tagLen]
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}
