package strictjson

import "encoding/json"

// scanner walks the grammar of RFC 8259. Each method consumes the construct that it is named
// after, starting at pos, and reports whether it was there. After a false, pos is undefined.
type scanner struct {
	data []byte
	pos  int

	// member, if set, is called for each member of the outer object with the unescaped name.
	// The scan stops when it returns false.
	member func(name, value []byte) bool
}

// peek returns the byte at pos. After the end it returns 0, which starts nothing in the
// grammar.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take consumes c if it is the next byte.
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

// value consumes any value; depth is the depth of the object or array around it.
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

// name consumes a member's name and the colon, and returns the unescaped name.
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

// unescape decodes a string, quotes included, that text has accepted.
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

// digits consumes one or more digits.
func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); '0' <= c && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}
