package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ginauth/ginauth/plugin/session"
)

// row is one line of a file of compromised ids.
type row struct {
	line int
	what session.Revocation // without Reason and Until
}

const (
	maxProblems = 20      // reported in full; further ones are only counted
	maxRows     = 5000000 // of a file; they are held in memory, about 400 bytes each
)

// badRows lists the mistakes in a file. It repeats nothing of the file: there may be tokens where
// ids should be.
type badRows struct {
	problems []string
	more     int
}

func (b *badRows) add(line int, problem string) {
	if len(b.problems) == maxProblems {
		b.more++
		return
	}
	b.problems = append(b.problems, fmt.Sprintf("line %d: %s", line, problem))
}

func (b *badRows) Error() string {
	text := "the file has mistakes, and nothing was done:\n  " + strings.Join(b.problems, "\n  ")
	if b.more > 0 {
		text += fmt.Sprintf("\n  and %d more", b.more)
	}
	return text
}

// readRows reads a CSV file with the columns kind, id and, for tokens, jti. A first line with
// "kind" in its first column is a heading; empty lines and lines that begin with # are skipped.
// Duplicates are dropped and counted. All mistakes are found before anything is done.
func readRows(in io.Reader) (rows []row, duplicates int, err error) {
	r := csv.NewReader(in)
	r.Comment, r.FieldsPerRecord, r.ReuseRecord = '#', -1, true
	var bad badRows
	seen := make(map[session.Revocation]bool)
	for first := true; ; first = false {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var syntax *csv.ParseError
		if errors.As(err, &syntax) {
			bad.add(syntax.Line, "not CSV: "+syntax.Err.Error())
			break
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := r.FieldPos(0)
		fields[0] = strings.TrimPrefix(fields[0], "\ufeff") // the byte order mark that Excel writes
		if first && fields[0] == "kind" {
			continue
		}
		what, problem := readRow(fields)
		switch {
		case problem != "":
			bad.add(line, problem)
		case seen[what]:
			duplicates++
		case len(rows) == maxRows:
			return nil, 0, usagef("more than %d lines; split the file", maxRows)
		default:
			seen[what] = true
			rows = append(rows, row{line, what})
		}
	}
	if bad.problems != nil {
		return nil, 0, errUsage{bad.Error()}
	}
	return rows, duplicates, nil
}

// readRow returns the problem of a row, or "". White space around a kind, an id or a jti is
// ignored. Around a subject it is a problem: it may belong to the name or be a slip, and the
// program does not guess.
func readRow(fields []string) (what session.Revocation, problem string) {
	untidy := len(fields) > 1 && fields[1] != strings.TrimSpace(fields[1])
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	columns := map[string]int{kindSession: 2, kindSubject: 2, kindToken: 3}
	n, known := columns[fields[0]]
	if !known {
		return what, "unknown kind; want session, subject or token"
	}
	if len(fields) > n && strings.Join(fields[n:], "") == "" {
		fields = fields[:n] // a spreadsheet gives every line the same number of columns
	}
	if len(fields) != n {
		return what, fmt.Sprintf("%d columns, want %d for a %s", len(fields), n, fields[0])
	}
	var err error
	if fields[0] == kindSubject {
		if untidy {
			return what, "white space before or after the subject; remove it, or use revoke subject if it belongs to the name"
		}
		what.Kind, what.Subject = session.KindSubject, strings.Clone(fields[1])
		if !session.ValidSubject(what.Subject) {
			return what, fmt.Sprintf("a subject is 1 to %d bytes of UTF-8", session.MaxSubject)
		}
		return what, ""
	}
	what.Kind = session.KindSession
	if what.ID, err = session.ParseID(fields[1]); err != nil {
		return what, "not a session id (22 characters of base64url)"
	}
	if fields[0] == kindToken {
		what.Kind = session.KindToken
		if what.Token, err = session.ParseTokenID(fields[2]); err != nil {
			return what, "not a token id (22 characters of base64url)"
		}
	}
	return what, ""
}
