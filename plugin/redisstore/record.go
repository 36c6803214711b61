package redisstore

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// record is a session as Redis keeps it. lua/session.lua has the form of the text.
type record struct {
	created    int64 // ms; the next four are ms after it
	generation uint32
	rotated    int64
	used       int64
	idle       int64
	end        int64
	confirmed  uint32
	late       int64 // see session.lua
	subject    string
	client     string
	data       string
	tokens     string // revoked access tokens, a line each

	ended  bool // it is a tombstone: only created, generation and reason count
	reason string
}

// authTimeBase is the base of the digits in which a session keeps its login's time: four bytes
// less than in decimal.
const authTimeBase = 36

var errRecord = errors.New("a session in Redis is not readable")

// parseRecord reads the text of a session or tombstone. No text is an empty tombstone.
func parseRecord(text string) (record, error) {
	if text == "" {
		return record{ended: true}, nil
	}
	line, rest, found := strings.Cut(text, "\n")
	f := strings.Split(line, " ")
	var err error
	number := func(i int) int64 {
		n, e := strconv.ParseInt(f[i], 10, 64)
		if e != nil || n < 0 {
			err = errRecord
		}
		return n
	}
	var r record
	switch {
	case !found:
		err = errRecord
	case f[0] == "!" && len(f) == 6:
		r = record{created: number(1), generation: uint32(number(2)), ended: true}
		r.reason = rest[:min(int64(len(rest)), max(0, number(5)))]
	case len(f) == 13:
		r = record{
			created: number(0), generation: uint32(number(1)), rotated: number(2), used: number(3), idle: number(4),
			end: number(5), confirmed: uint32(number(7)), late: number(8),
		}
		for i, part := range []*string{&r.subject, &r.client, &r.data} {
			n := number(10 + i)
			if err != nil || n > int64(len(rest)) {
				return record{}, unavailable(errRecord)
			}
			*part, rest = rest[:n], rest[n:]
		}
		r.tokens = rest
	default:
		err = errRecord
	}
	if err != nil {
		return record{}, unavailable(err)
	}
	return r, nil
}

// live reports whether this is the session with the id, not ended, and before its deadline.
// Cut-offs may have ended it all the same.
func (r record) live(id session.ID, now int64) bool {
	return !r.ended && r.created == created(id) && now-r.created < r.idle
}

// revoked reports whether one access token of the session is revoked.
func (r record) revoked(token session.TokenID) bool {
	if r.tokens == "" {
		return false
	}
	id := token.String() + " "
	return strings.HasPrefix(r.tokens, id) || strings.Contains(r.tokens, "\n"+id)
}

// session returns the session that a text describes.
func (r record) session(id session.ID) (session.Session, error) {
	client, err := unpack(r.client, 2)
	if err != nil {
		return session.Session{}, err
	}
	data, err := unpack(r.data, 3)
	if err != nil {
		return session.Session{}, err
	}
	authTime, err := strconv.ParseInt(data[0], authTimeBase, 64)
	if err != nil {
		return session.Session{}, unavailable(errRecord)
	}
	at := func(ms int64) time.Time { return time.UnixMilli(r.created + ms) }
	s := session.Session{
		ID: id, Subject: r.subject, Generation: r.generation, Confirmed: r.confirmed == r.generation,
		LateRetries: uint8((r.late + 1) / 2), RetriedLate: r.late%2 == 1,
		CreatedAt: at(0), RotatedAt: at(r.rotated), LastUsedAt: at(r.used), IdleAt: at(r.idle), EndsAt: at(r.end),
		AuthTime: time.Unix(authTime, 0), IP: client[0], UserAgent: client[1], Device: data[1],
	}
	if data[2] != "" {
		s.Claims = bytes.Clone([]byte(data[2]))
	}
	return s, nil
}

// client packs what a login or refresh tells about the client.
func client(ip, userAgent string) string {
	return pack(cut(ip, session.MaxIP), cut(userAgent, session.MaxUserAgent))
}

// pack joins texts, each behind its length: "9:192.0.2.66:curl/8". Empty ones at the end are left
// out.
func pack(texts ...string) string {
	for len(texts) > 0 && texts[len(texts)-1] == "" {
		texts = texts[:len(texts)-1]
	}
	var b strings.Builder
	for _, text := range texts {
		fmt.Fprintf(&b, "%d:%s", len(text), text)
	}
	return b.String()
}

// unpack splits what pack has joined.
func unpack(packed string, n int) ([]string, error) {
	texts := make([]string, n)
	for i := 0; i < n && packed != ""; i++ {
		length, rest, found := strings.Cut(packed, ":")
		size, err := strconv.Atoi(length)
		if !found || err != nil || size < 0 || size > len(rest) {
			return nil, unavailable(errRecord)
		}
		texts[i], packed = rest[:size], rest[size:]
	}
	return texts, nil
}

func cut(s string, n int) string { return s[:min(len(s), n)] }
