package session

import (
	"crypto/rand"
	"encoding/base64"
	"hash/fnv"
	"time"
)

// strict refuses padding and non-canonical trailing bits, so that each id has exactly one
// spelling.
var strict = base64.RawURLEncoding.Strict()

// ID identifies a session. Its 16 bytes are the creation time in milliseconds of the store's
// clock (48 bits), the shard that keeps the session (8 bits) and 72 random bits. Because of the
// time, a cut-off ("everything begun before T") is exact without a look-up. The shard tells
// where to look.
//
// An ID is not a secret: access tokens and session lists contain it. The zero ID identifies no
// session.
type ID [16]byte

// timeText is the number of characters that hold the time in an ID's text. Six bytes are
// exactly eight base64 characters, so text[timeText:] is the Tail.
const timeText = 8

// NewID returns the ID of a session that began at created on shard. The random bits come from
// crypto/rand, which never fails.
func NewID(created time.Time, shard uint8) ID {
	var id ID
	_, _ = rand.Read(id[7:])
	id[6] = shard
	return id.WithTime(created)
}

// WithTime returns the ID with another creation time. Stores need it: the random part is drawn
// before the call of the store, and the store sets the time.
func (id ID) WithTime(created time.Time) ID {
	ms := uint64(created.UnixMilli())
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}

// ParseID parses the text form, 22 characters of base64url (RFC 4648, section 5) without
// padding. The error for any other spelling is [ErrInvalidID].
func ParseID(s string) (ID, error) {
	id, ok := parse16(s)
	if !ok || ID(id) == (ID{}) {
		return ID{}, ErrInvalidID
	}
	return id, nil
}

// String returns the text form, 22 characters of base64url.
func (id ID) String() string { return strict.EncodeToString(id[:]) }

// MarshalText returns String as bytes, for JSON and slog.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// Tail returns the text of the shard and the random bits, without the time. It is unique by
// itself, and stores use it as the key of a session: it is known before the store sets the
// time, so a creation that reaches the store twice makes one session.
func (id ID) Tail() string { return id.String()[timeText:] }

// Shard returns the shard that keeps the session.
func (id ID) Shard() uint8 { return id[6] }

// Created returns when the session began, by the store's clock, to the millisecond.
func (id ID) Created() time.Time { return time.UnixMilli(id.createdMS()) }

func (id ID) createdMS() int64 {
	var ms int64
	for i := range 6 {
		ms = ms<<8 | int64(id[i])
	}
	return ms
}

// MaxAhead is how far the time in an id may be ahead of the store's clock before the store alone
// can vouch for the session: see [ID.Ahead].
const MaxAhead = 30 * time.Second

// Ahead reports whether the session would begin more than [MaxAhead] after now, by the store's
// clock. A store whose clock was set back has such sessions, and their holders stay logged in.
// One that it does not have was never issued: its token was forged with the signing key, and no
// cut-off of today would end it.
func (id ID) Ahead(now time.Time) bool { return id.Created().After(now.Add(MaxAhead)) }

// TokenID is the jti (RFC 7519, section 4.1.7) of an access token: 128 random bits.
type TokenID [16]byte

// NewTokenID returns a TokenID from crypto/rand, which never fails.
func NewTokenID() TokenID {
	var t TokenID
	_, _ = rand.Read(t[:])
	return t
}

// ParseTokenID parses the text form, 22 characters of base64url without padding. The error for
// any other spelling is [ErrInvalidID].
func ParseTokenID(s string) (TokenID, error) {
	t, ok := parse16(s)
	if !ok || TokenID(t) == (TokenID{}) {
		return TokenID{}, ErrInvalidID
	}
	return t, nil
}

// String returns the text form, 22 characters of base64url.
func (t TokenID) String() string { return strict.EncodeToString(t[:]) }

// MarshalText returns String as bytes, for JSON and slog.
func (t TokenID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func parse16(s string) (b [16]byte, ok bool) {
	if len(s) != 22 {
		return b, false
	}
	// The decoder skips line breaks, which would allow many spellings of one id. With a line
	// break inside, however, 22 characters no longer make 16 bytes.
	n, err := strict.Decode(b[:], []byte(s))
	return b, err == nil && n == len(b)
}

// ShardOf returns the shard of a subject's sessions. All sessions of one subject share a shard,
// so that limits, lists and "revoke this user" are each one atomic step, also in a store that
// spans several machines. shards is 1 to 256.
func ShardOf(subject string, shards int) uint8 {
	if shards <= 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(subject))
	return uint8(h.Sum32() % uint32(shards))
}
