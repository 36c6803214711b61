package redisx

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"time"
)

// ErrReply is the error for a reply that none of our scripts gives.
var ErrReply = errors.New("unexpected reply of a script")

// Nonce returns 64 random bits as text. It marks a call, so that a script recognises the
// call when the client library sends it twice.
func Nonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Override returns the time, in ms, that a script takes in place of the server's, or "" if now
// is nil. Only tests set a clock.
func Override(now func() time.Time) string {
	if now == nil {
		return ""
	}
	return strconv.FormatInt(now().UnixMilli(), 10)
}

// PrefixRule says in words which prefixes [FitPrefix] accepts.
const PrefixRule = "want 1 to 64 letters, digits and . _ - :"

var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// FitPrefix reports whether keys may begin with prefix. Braces would move the hash tag,
// and * ? [ ] would be patterns in SCAN and in the rights of a Redis user.
func FitPrefix(prefix string) bool { return prefixes.MatchString(prefix) }
