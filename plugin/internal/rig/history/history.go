package history

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Kind is the kind of an operation.
type Kind uint8

// These are the kinds of operations. For a kind that revokes, 200 is the acknowledgement; for
// Reuse it is the 401 that says that the session was ended.
const (
	Login Kind = iota + 1
	Use
	Refresh
	Reuse // presents a refresh token that is two generations old
	Logout
	RevokeToken   // ends one access token
	RevokeSubject // ends all sessions of a subject; presents an access token of one of them
	RevokeAll     // ends all sessions
)

var kindWords = [...]string{
	Login: "login", Use: "use", Refresh: "refresh", Reuse: "reuse", Logout: "logout",
	RevokeToken: "revoke token", RevokeSubject: "revoke subject", RevokeAll: "revoke all",
}

// String returns the kind in words.
func (k Kind) String() string { return kindWords[k] }

// Op is one operation. Its times count from the start of the history.
type Op struct {
	Kind         Kind
	Node         string
	Subject      string
	Session      string // empty for RevokeAll, and for a Login without an answer
	Token        string // the presented access or refresh token
	Next         string // the refresh token in the reply
	Began, Ended time.Duration
	Status       int // the HTTP status; 0: no answer
}

// String describes the operation in one line.
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

// Node is one process that served requests.
type Node struct {
	Name     string
	Strict   bool          // whether the node asks the store about every use
	Launched time.Duration // when the process was started
	Started  time.Duration // when the node was ready
	Stopped  time.Duration // when the node was killed; 0: still running
}

// Span is the time between two moments.
type Span struct{ From, To time.Duration }

// common returns how much of the span lies between two moments.
func (s Span) common(from, to time.Duration) time.Duration {
	return max(0, min(s.To, to)-max(s.From, from))
}

// Halt is a time in which a node, or everything on this machine, could not run. Rules about
// how long something may take do not count it.
type Halt struct {
	Node string // empty: all nodes
	Span
}

// Fault is a time in which something was broken. The span contains the fault: it begins before
// anything was broken, and ends when everything was certainly repaired.
type Fault struct {
	Name  string
	Nodes []string // the affected nodes; nil: all
	Span

	// Cut is the part of the fault during which the nodes could certainly not reach the store.
	// Zero: perhaps they could.
	Cut Span

	// Spares are the kinds of operations that go on during the fault: it does not explain their
	// 503.
	Spares []Kind

	// Astray says that nodes may have asked a server that is no longer the right one. Until To
	// even the check of a strict node may miss a revocation, or a session that began after From.
	Astray bool

	// Loses says that the store lost everything written from LostSince to To.
	Loses     bool
	LostSince time.Duration
}

func (f Fault) hits(node string) bool { return len(f.Nodes) == 0 || slices.Contains(f.Nodes, node) }

// lost reports whether a write between two moments may be lost.
func (f Fault) lost(began, ended time.Duration) bool {
	return f.Loses && ended >= f.LostSince && began <= f.To
}

// History is everything that was recorded.
type History struct {
	Nodes  []Node
	Faults []Fault
	Halts  []Halt
	Ops    []Op
}

// ran returns how long a node could run between two moments.
func (h History) ran(node string, from, to time.Duration) time.Duration {
	took := to - from
	for _, halt := range h.Halts {
		if halt.Node == "" || halt.Node == node {
			took -= halt.common(from, to)
		}
	}
	return max(0, took)
}

// About returns the operations on one session, for the message of a failed test.
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
