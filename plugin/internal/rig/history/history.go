package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Kind is what a client asked for.
type Kind uint8

// Kinds of operations. Of those that revoke, 200 is the acknowledgement; of Reuse it
// is the 401 that says the session was ended.
const (
	Login Kind = iota + 1
	Use
	Refresh
	Reuse // a refresh token is presented whose successor's successor was handed out
	Logout
	RevokeToken   // one access token
	RevokeSubject // all sessions of a subject; presents an access token of one
	RevokeAll     // all sessions of everybody
)

var kindWords = [...]string{
	Login: "login", Use: "use", Refresh: "refresh", Reuse: "reuse", Logout: "logout",
	RevokeToken: "revoke token", RevokeSubject: "revoke subject", RevokeAll: "revoke all",
}

// String is the kind in words.
func (k Kind) String() string { return kindWords[k] }

// Op is one operation. Times are since the start of the history.
type Op struct {
	Kind         Kind
	Node         string
	Subject      string
	Session      string // empty for RevokeAll, and for a Login without answer
	Token        string // the access or refresh token presented
	Next         string // the refresh token handed out
	Began, Ended time.Duration
	Status       int // HTTP's; 0: there was no answer
}

// String is one line.
func (o Op) String() string {
	s := fmt.Sprintf("%9.3f-%9.3f s  %d  %s at %s", o.Began.Seconds(), o.Ended.Seconds(), o.Status, o.Kind, o.Node)
	for _, part := range []struct{ name, value string }{
		{"subject", o.Subject}, {"session", o.Session}, {"token", o.Token}, {"next", o.Next},
	} {
		if part.value != "" {
			s += ", " + part.name + " " + part.value
		}
	}
	return s
}

// Node is one process that answered.
type Node struct {
	Name     string
	Strict   bool          // it asks the store about every use
	Launched time.Duration // when it was started
	Started  time.Duration // from when on it was ready
	Stopped  time.Duration // when it was killed; 0: it lives
}

// Span is a time between two moments.
type Span struct{ From, To time.Duration }

// common is how much of the span lies between two moments.
func (s Span) common(from, to time.Duration) time.Duration {
	return max(0, min(s.To, to)-max(s.From, from))
}

// Halt is a time in which a node, or all that runs on this machine, could not go on. It
// does not count where a rule says how long something may take.
type Halt struct {
	Node string // empty: all of them
	Span
}

// Fault is a time in which something was broken. Its span contains the fault: it begins
// before something was broken and ends when that was certainly over.
type Fault struct {
	Name  string
	Nodes []string // that suffered; none: all
	Span

	// Cut lies within the fault: for all of it the nodes could not reach the store at all.
	// Zero: they may have.
	Cut Span

	// Loses says that the store lost what was written from LostSince to To.
	Loses     bool
	LostSince time.Duration
}

func (f Fault) hits(node string) bool { return len(f.Nodes) == 0 || slices.Contains(f.Nodes, node) }

// lost reports whether something written at a time between two moments may be lost.
func (f Fault) lost(began, ended time.Duration) bool {
	return f.Loses && ended >= f.LostSince && began <= f.To
}

// History is all that happened.
type History struct {
	Nodes  []Node
	Faults []Fault
	Halts  []Halt
	Ops    []Op
}

// ran is how long a node could go on between two moments.
func (h History) ran(node string, from, to time.Duration) time.Duration {
	took := to - from
	for _, halt := range h.Halts {
		if halt.Node == "" || halt.Node == node {
			took -= halt.common(from, to)
		}
	}
	return max(0, took)
}

// About is what happened to one session, for the message of a failed test.
func (h History) About(session string) []Op {
	var subject string
	for _, o := range h.Ops {
		if o.Session == session && o.Subject != "" {
			subject = o.Subject
		}
	}
	about := slices.DeleteFunc(slices.Clone(h.Ops), func(o Op) bool {
		return o.Session != session && o.Kind != RevokeAll && (o.Kind != RevokeSubject || o.Subject != subject)
	})
	slices.SortStableFunc(about, func(a, b Op) int { return cmp.Compare(a.Began, b.Began) })
	return about
}
