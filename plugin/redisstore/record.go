package redisstore

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// The fields of a session's hash. Names are short and values at most 64 bytes, so that Redis
// stores the hash compactly (listpack).
//
//	sub           subject
//	c r u i x     created, rotated, last used, idle limit, end: ms
//	g f           generation; the last one confirmed
//	a             auth time: s
//	ip            client address
//	ua ua1...     user agent, in pieces
//	dn            name of the device
//	d d1...       claims, in pieces
//	n             nonce of the last advance or of the end, and its outcome
//	e             sessions evicted when this one began, until the first rotation
//	t:<jti>       a revoked token: its expiry (ms), and the nonce of the call
//	v k w         tombstone: when it ended (ms), its generation, and why; then g is absent
//	c k w         only these: the cut-off of its subject ended it

// piece is the longest value that Redis stores compactly.
const piece = 64

// maxPieces limits the number of fields; a longer value stays in one field.
const maxPieces = 16

// device returns the fields for the client of a login or refresh.
func device(ip, userAgent string) []any {
	var fields []any
	if ip != "" {
		fields = append(fields, "ip", cut(ip, session.MaxIP))
	}
	return appendPieces(fields, "ua", cut(userAgent, session.MaxUserAgent))
}

func appendPieces(fields []any, name, value string) []any {
	if len(value) > maxPieces*piece {
		return append(fields, name, value)
	}
	for i := 0; len(value) > 0; i++ {
		n := min(piece, len(value))
		fields = append(fields, pieceName(name, i), value[:n])
		value = value[n:]
	}
	return fields
}

func joinPieces(h map[string]string, name string) string {
	s := h[name]
	for i := 1; ; i++ {
		more, ok := h[pieceName(name, i)]
		if !ok {
			return s
		}
		s += more
	}
}

func pieceName(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + strconv.Itoa(i)
}

// decode reads a session's hash, or the tombstone of an ended session.
func decode(id session.ID, h map[string]string) (session.Session, error) {
	p := parser{h: h}
	generation := "g"
	if h["g"] == "" {
		generation = "k"
	}
	s := session.Session{
		ID:         id,
		Subject:    h["sub"],
		Generation: uint32(p.int(generation)),
		Confirmed:  h["f"] != "" && h["f"] == h[generation],
		CreatedAt:  p.ms("c"),
		RotatedAt:  p.ms("r"),
		LastUsedAt: p.ms("u"),
		IdleAt:     p.ms("i"),
		EndsAt:     p.ms("x"),
		AuthTime:   time.Unix(p.int("a"), 0),
		IP:         h["ip"],
		UserAgent:  joinPieces(h, "ua"),
		Device:     h["dn"],
	}
	if d := joinPieces(h, "d"); d != "" {
		s.Claims = []byte(d)
	}
	return s, p.err
}

// parser reads numbers and remembers the first error.
type parser struct {
	h   map[string]string
	err error
}

func (p *parser) int(field string) int64 {
	n, err := strconv.ParseInt(p.h[field], 10, 64)
	if err != nil && p.err == nil {
		p.err = unavailable(fmt.Errorf("field %q of a session is not a number", field))
	}
	return n
}

func (p *parser) ms(field string) time.Time { return time.UnixMilli(p.int(field)) }

func cut(s string, n int) string { return s[:min(len(s), n)] }
