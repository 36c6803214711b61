package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/ginauth/ginauth/plugin/session"
)

// MinRefreshKey is the shortest refresh key in bytes.
const MinRefreshKey = 32

// RefreshPrefix begins every refresh token. No access token begins with it.
const RefreshPrefix = "rt1_"

var (
	// ErrInvalidRefresh: the text is not a refresh token made with one of the keys.
	ErrInvalidRefresh = errors.New("not a refresh token made with these keys")

	// ErrWeakKey: a refresh key is shorter than [MinRefreshKey] bytes.
	ErrWeakKey = errors.New("refresh key too short")
)

const (
	keyIDLen   = 4
	tagLen     = 16
	signedLen  = keyIDLen + 16 + 4
	refreshLen = signedLen + tagLen
)

// refreshText is the length of a refresh token in characters.
var refreshText = len(RefreshPrefix) + segment.EncodedLen(refreshLen)

// Refresh is the content of a refresh token: one generation of a session.
type Refresh struct {
	ID         session.ID
	Generation uint32
}

// Codec writes and reads refresh tokens:
//
//	rt1_ base64url( key id (4 bytes) | session id (16) | generation (4) | tag (16) )
//
// The tag is HMAC-SHA-256, cut to 128 bits, over the prefix and everything before the tag.
// A token is a function of session, generation and key. So a retry gets the very same token
// although no token is stored, and the store's content does not suffice to compute one. A
// genuine token does not mean that its session is alive: [session.Store].Rotate decides that.
//
// A Codec is immutable and safe for concurrent use.
type Codec struct{ keys []refreshKey }

type refreshKey struct {
	id  [keyIDLen]byte
	key []byte
}

// NewCodec makes a codec that signs with the first key and accepts tokens of all of them.
// Keys must be uniformly random; one shorter than [MinRefreshKey] bytes is [ErrWeakKey]. The
// codec keeps copies.
func NewCodec(keys ...[]byte) (*Codec, error) {
	c := &Codec{}
	for i, k := range keys {
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

// Encode writes the refresh token of a generation with the first key.
func (c *Codec) Encode(r Refresh) string {
	var b [refreshLen]byte
	k := c.keys[0]
	copy(b[:], k.id[:])
	copy(b[keyIDLen:], r.ID[:])
	binary.BigEndian.PutUint32(b[keyIDLen+16:], r.Generation)
	copy(b[signedLen:], k.tag(b[:signedLen]))
	return RefreshPrefix + segment.EncodeToString(b[:])
}

// Decode reads a refresh token. Anything but the exact text that Encode writes with one of the
// keys is [ErrInvalidRefresh]. It costs one HMAC at most and no call of the store, so junk is
// cheap to refuse.
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

// UnverifiedRefresh reads a refresh token without a key: it checks the form and not the tag,
// so anybody can have written the token. Use it only to end the session that a leaked token
// names, which needs no proof. Text of another form is [ErrInvalidRefresh].
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
	n, err := segment.Decode(b[:], []byte(rest))
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
