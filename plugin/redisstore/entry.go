package redisstore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// A log entry is one line of the stream. Its fields:
//
//	x    when it expires: s
//	s    KindSession: session id
//	t    KindToken: session id and token id, joined
//	u c  KindSubject: subject; cut-off as "ms except"
//	a    KindAll: cut-off as "ms except"

// readEntry reads an entry. ok is false for a kind that this version does not know.
func readEntry(n uint8, values map[string]any) (e session.Entry, ok bool) {
	until, err := strconv.ParseInt(text(values["x"]), 10, 64)
	if err != nil {
		return session.Entry{}, false
	}
	e = session.Entry{Shard: n, Until: time.Unix(until, 0)}
	switch id, token, subject, all := text(values["s"]), text(values["t"]), text(values["u"]), text(values["a"]); {
	case id != "":
		e.Kind = session.KindSession
		e.ID, err = session.ParseID(id)
	case token != "":
		e.Kind = session.KindToken
		e.ID, e.Token, err = parseToken(token)
	case subject != "":
		e.Kind, e.Subject = session.KindSubject, subject
		e.Cutoff, err = parseCutoff(text(values["c"]))
	case all != "":
		e.Kind = session.KindAll
		e.Cutoff, err = parseCutoff(all)
	}
	return e, e.Kind != 0 && err == nil
}

func parseToken(text string) (id session.ID, token session.TokenID, err error) {
	const size = 22
	if id, err = session.ParseID(cut(text, size)); err != nil {
		return id, token, err
	}
	token, err = session.ParseTokenID(text[size:])
	return id, token, err
}

// restoreArgs converts an entry to the arguments of restore.lua.
func restoreArgs(e session.Entry) ([]any, error) {
	until := e.Until.Unix()
	switch e.Kind {
	case session.KindSession:
		return []any{"s", e.ID.String(), created(e.ID), none, until}, nil
	case session.KindToken:
		return []any{"t", e.ID.String() + e.Token.String(), created(e.ID), none, until}, nil
	case session.KindSubject:
		return []any{"u", e.Subject, e.Cutoff.At, idOrNone(e.Cutoff.Except), until}, nil
	case session.KindAll:
		return []any{"a", "", e.Cutoff.At, idOrNone(e.Cutoff.Except), until}, nil
	}
	return nil, fmt.Errorf("redisstore: unknown kind of entry %d", e.Kind)
}

// A position is a stream id, "ms-seq".

func formatPosition(p session.Position) string {
	return strconv.FormatUint(p.MS, 10) + "-" + strconv.FormatUint(p.Seq, 10)
}

func parsePosition(text string) (session.Position, error) {
	ms, seq, _ := strings.Cut(text, "-")
	m, err := strconv.ParseUint(ms, 10, 64)
	if err != nil {
		return session.Position{}, err
	}
	q, err := strconv.ParseUint(seq, 10, 64)
	return session.Position{MS: m, Seq: q}, err
}
