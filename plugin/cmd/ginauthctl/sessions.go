package main

import (
	"context"
	"io"
	"time"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

type sessionList struct {
	Sessions []sessionLine `json:"sessions"`
}

// sessionLine is a session without its claims, which belong to the application.
type sessionLine struct {
	ID         string    `json:"id"`
	Subject    string    `json:"subject"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Generation uint32    `json:"generation"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"user_agent"`
	Device     string    `json:"device"`
}

func listSessions(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	if !session.ValidSubject(o.args[0]) {
		return nil, usagef("sessions: a subject is 1 to %d bytes of UTF-8", session.MaxSubject)
	}
	found, err := store.List(ctx, o.args[0])
	if err != nil {
		return nil, err
	}
	list := sessionList{Sessions: []sessionLine{}}
	for _, s := range found {
		list.Sessions = append(list.Sessions, sessionLine{
			ID: s.ID.String(), Subject: s.Subject, Generation: s.Generation, IP: s.IP, UserAgent: s.UserAgent, Device: s.Device,
			CreatedAt: s.CreatedAt.UTC(), LastUsedAt: s.LastUsedAt.UTC(), ExpiresAt: s.Deadline().UTC(),
		})
	}
	return list, nil
}

func (l sessionList) text(w io.Writer) {
	if len(l.Sessions) == 0 {
		_, _ = io.WriteString(w, "no live sessions\n")
		return
	}
	rows := [][]string{{"SESSION", "CREATED", "LAST USED", "EXPIRES", "ADDRESS", "DEVICE", "USER AGENT"}}
	for _, s := range l.Sessions {
		rows = append(rows, []string{s.ID, when(s.CreatedAt), when(s.LastUsedAt), when(s.ExpiresAt), s.IP, s.Device, s.UserAgent})
	}
	table(w, rows...)
}
