// Package strictjson accepts only JSON objects that every reader understands in the same way.
//
// encoding/json is lenient: the last of two members with one name wins, names match struct
// fields in any letter case, and broken UTF-8 and lone surrogates become U+FFFD. Where a
// signature covers the bytes, each of these lets two readers of one token see two different
// tokens (RFC 8725 section 2.4, RFC 7519 section 4, RFC 8259 section 4).
package strictjson

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest. The outer object has depth 1.
const MaxDepth = 32

// ErrNotStrict is the only error of this package. It gives no reason: the bytes are untrusted,
// and the caller refuses them whatever the reason is.
var ErrNotStrict = errors.New("strictjson: not one strict JSON object")

// Check returns nil if data is exactly one JSON object (RFC 8259), and [ErrNotStrict]
// otherwise. White space around the object is allowed. The text must be valid UTF-8, no object
// may have two members of one name, no \u escape may be half a surrogate pair, and the nesting
// is at most [MaxDepth]. Names are compared exactly, after unescaping.
//
// Check does not allocate for objects of up to 16 members without escapes in their names.
func Check(data []byte) error {
	s := scanner{data: data}
	return s.document()
}

// Object applies the rules of [Check] and returns the members of the outer object by their
// unescaped names. The values are the raw bytes without surrounding white space, and share
// memory with data.
func Object(data []byte) (map[string]json.RawMessage, error) {
	members := make(map[string]json.RawMessage)
	s := scanner{data: data, member: func(name, value []byte) bool {
		members[string(name)] = value
		return true
	}}
	if err := s.document(); err != nil {
		return nil, err
	}
	return members, nil
}

func (s *scanner) document() error {
	if !utf8.Valid(s.data) {
		return ErrNotStrict
	}
	s.space()
	if s.peek() != '{' || !s.object(1) {
		return ErrNotStrict
	}
	s.space()
	if s.pos != len(s.data) {
		return ErrNotStrict
	}
	return nil
}
