package strictjson

// text consumes a string with its quotes, and reports whether it contains an escape. document
// has already checked that the bytes are UTF-8.
func (s *scanner) text() (escaped, ok bool) {
	if !s.take('"') {
		return false, false
	}
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return escaped, true
		case c == '\\':
			escaped = true
			s.pos++
			if !s.escape() {
				return escaped, false
			}
		case c < ' ':
			return escaped, false
		default:
			s.pos++
		}
	}
	return escaped, false
}

// escape consumes the rest of an escape, after the backslash.
func (s *scanner) escape() bool {
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return true
	case 'u':
		return s.unicode()
	default:
		return false
	}
}

// unicode consumes uXXXX, and the second half too if this is the first half of a surrogate
// pair. Half a pair is not a character: some readers replace it, some drop it, some fail.
func (s *scanner) unicode() bool {
	first, ok := s.hex4()
	switch {
	case !ok:
		return false
	case 0xDC00 <= first && first <= 0xDFFF:
		return false
	case first < 0xD800 || 0xDBFF < first:
		return true
	}
	if !s.take('\\') {
		return false
	}
	second, ok := s.hex4()
	return ok && 0xDC00 <= second && second <= 0xDFFF
}

// hex4 consumes uXXXX and returns its value.
func (s *scanner) hex4() (uint16, bool) {
	if !s.take('u') || s.pos+4 > len(s.data) {
		return 0, false
	}
	var v uint16
	for range 4 {
		c := s.data[s.pos]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint16(c)
		s.pos++
	}
	return v, true
}
