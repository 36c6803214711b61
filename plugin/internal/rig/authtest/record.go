package authtest

import (
	"bytes"
	"context"
	"slices"
	"sync"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Events collects the events of an [App]. Safe for concurrent use.
type Events struct {
	mu   sync.Mutex
	list []ginauth.Event
}

func (e *Events) record(_ context.Context, event ginauth.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, event)
}

// All returns the events so far, oldest first.
func (e *Events) All() []ginauth.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}

// Of returns the events of one kind.
func (e *Events) Of(kind ginauth.EventKind) []ginauth.Event {
	return slices.DeleteFunc(e.All(), func(event ginauth.Event) bool { return event.Kind != kind })
}

// Kinds returns the kinds of the events so far, and forgets the events.
func (e *Events) Kinds() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	kinds := make([]string, 0, len(e.list))
	for _, event := range e.list {
		kinds = append(kinds, event.Kind.String())
	}
	e.list = nil
	return kinds
}

// Logs collects the log lines of an [App]. Safe for concurrent use.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends a log line.
func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns everything logged so far.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
