package strictjson

import "encoding/json"

// scanner walks the grammar of RFC 8259. Each method consumes what it is named after,
// starting at pos, and reports whether it was there; after a false, pos means nothing.
type scanner struct {
	data []byte
	pos  int

	// member takes each member of the outer object, with its name unescaped, and reports
	// whether to go on; nil: not wanted.
	member func(name, value []byte) bool
}

// peek is the byte at pos, and 0, which starts nothing in the grammar, behind the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take consumes c if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// value consumes any value, of an object or array of the given depth.
func (s *scanner) value(depth int) bool {
	switch c := s.peek(); c {
	case '{':
		return s.object(depth + 1)
	case '[':
		return s.array(depth + 1)
	case '"':
		_, ok := s.text()
		return ok
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(depth int) bool {
	if depth > MaxDepth {
		return false
	}
	s.pos++ // the brace
	s.space()
	if s.take('}') {
		return true
	}
	var seen names
	for {
		name, ok := s.name()
		if !ok || !seen.add(name) {
			return false
		}
		start := s.pos
		if !s.value(depth) {
			return false
		}
		if s.member != nil && depth == 1 && !s.member(name, s.data[start:s.pos:s.pos]) {
			return false
		}
		s.space()
		if s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

// name consumes a member's name and the colon, and returns the name unescaped.
func (s *scanner) name() ([]byte, bool) {
	start := s.pos
	escaped, ok := s.text()
	if !ok {
		return nil, false
	}
	name := s.data[start+1 : s.pos-1]
	if escaped {
		name = unescape(s.data[start:s.pos])
	}
	s.space()
	ok = s.take(':')
	s.space()
	return name, ok
}

// unescape decodes a string that text has accepted, quotes included.
func unescape(quoted []byte) []byte {
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		panic("strictjson: accepted a string that encoding/json refuses")
	}
	return []byte(name)
}

func (s *scanner) array(depth int) bool {
	if depth > MaxDepth {
		return false
	}
	s.pos++ // the bracket
	s.space()
	if s.take(']') {
		return true
	}
	for {
		if !s.value(depth) {
			return false
		}
		s.space()
		if s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

func (s *scanner) literal(word string) bool {
	end := s.pos + len(word)
	if end > len(s.data) || string(s.data[s.pos:end]) != word {
		return false
	}
	s.pos = end
	return true
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

// digits consumes one digit or more.
func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}
