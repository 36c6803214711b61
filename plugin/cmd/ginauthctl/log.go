package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// logBatch is the number of entries in one read.
const logBatch = 1000

type logView struct {
	Entries []logEntry `json:"entries"`
}

// logEntry is one line of the log.
type logEntry struct {
	Shard   int        `json:"shard"`
	Kind    string     `json:"kind"`
	Session string     `json:"session,omitempty"`
	Token   string     `json:"token,omitempty"`
	Subject string     `json:"subject,omitempty"`
	Before  *time.Time `json:"before,omitempty"` // subject, all: ends sessions begun until then
	Except  string     `json:"except,omitempty"`
	Until   time.Time  `json:"until"` // the entry has no effect afterwards
}

func showLog(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	view := logView{Entries: []logEntry{}}
	for shard := range store.Shards() {
		entries, err := newest(ctx, store, shard, o.limit)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			view.Entries = append(view.Entries, viewEntry(e))
		}
	}
	return view, nil
}

// newest reads a shard's whole log and returns the last entries, or all if limit is 0.
func newest(ctx context.Context, store *redisstore.Store, shard, limit int) ([]session.Entry, error) {
	var kept []session.Entry
	for at := (session.Position{}); ; {
		entries, next, err := store.Read(ctx, shard, at, logBatch, 0)
		if err != nil || next == at {
			return kept, err
		}
		at = next
		kept = append(kept, entries...)
		if limit > 0 && len(kept) > limit {
			kept = append(kept[:0], kept[len(kept)-limit:]...)
		}
	}
}

func viewEntry(e session.Entry) logEntry {
	v := logEntry{Shard: int(e.Shard), Until: e.Until.UTC()}
	switch e.Kind {
	case session.KindSession:
		v.Kind, v.Session = kindSession, e.ID.String()
	case session.KindToken:
		v.Kind, v.Session, v.Token = kindToken, e.ID.String(), e.Token.String()
	case session.KindSubject:
		v.Kind, v.Subject = kindSubject, e.Subject
	default:
		v.Kind = kindAll
	}
	if e.Cutoff.At != 0 {
		before := time.UnixMilli(e.Cutoff.At).UTC()
		v.Before = &before
	}
	if e.Cutoff.Except != (session.ID{}) {
		v.Except = e.Cutoff.Except.String()
	}
	return v
}

func (v logView) text(w io.Writer) {
	if len(v.Entries) == 0 {
		_, _ = io.WriteString(w, "the log is empty\n")
		return
	}
	rows := [][]string{{"SHARD", "KIND", "WHAT", "UNTIL"}}
	for _, e := range v.Entries {
		rows = append(rows, []string{strconv.Itoa(e.Shard), e.Kind, e.what(), when(e.Until)})
	}
	table(w, rows...)
}

func (e logEntry) what() string {
	text := e.Session + e.Subject
	if e.Token != "" {
		text += " " + e.Token
	}
	if e.Before != nil {
		text += fmt.Sprintf(" begun until %s", e.Before.Format("2006-01-02T15:04:05.000Z"))
	}
	if e.Except != "" {
		text += " except " + e.Except
	}
	return text
}
