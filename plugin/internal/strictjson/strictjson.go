// Package strictjson judges whether bytes are exactly one JSON object that every
// reader understands alike.
//
// encoding/json is generous: of two members of one name the last wins, names match
// struct fields in any letter case, broken UTF-8 and lone surrogates turn into U+FFFD.
// Where a signature covers the bytes, each of these lets two readers of one token see
// two different tokens (RFC 8725 section 2.4, RFC 7519 section 4, RFC 8259 section 4).
package strictjson

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may nest; the outer object is depth 1.
const MaxDepth = 32

// ErrNotStrict is the one error of this package. It does not say what is wrong: the
// bytes come from strangers, and what to do about them is always the same.
var ErrNotStrict = errors.New("strictjson: not one strict JSON object")

// Check returns nil when data is exactly one JSON object (RFC 8259; white space around
// it is allowed) in valid UTF-8, without two members of one name in any object, without
// a \u escape of half a surrogate pair, and nested at most MaxDepth deep. Otherwise
// ErrNotStrict. Names are compared exactly, after unescaping.
//
// It does not allocate for objects of up to 16 members without escapes in their names.
func Check(data []byte) error {
	s := scanner{data: data}
	return s.document()
}

// Object judges as Check does, and returns the members of the outer object under their
// unescaped names. The values are the raw bytes between the separators, without white
// space around them; they share memory with data.
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
