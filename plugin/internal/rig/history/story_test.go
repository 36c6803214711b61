package history_test

import (
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

// promise holds the bounds that these tests use.
var promise = history.Promise{
	MaxStaleness: 2 * time.Second,
	Healing:      3 * time.Second,
	Answer:       5 * time.Second,
	Unavailable:  3 * time.Second,
	GivesUp:      2 * time.Second,
}

// took is the duration of every operation of a story.
const took = 10

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func span(from, to int) history.Span { return history.Span{From: ms(from), To: ms(to)} }

// story builds a history. All times are in milliseconds.
type story struct{ history.History }

// begin starts a story with two mirrors, a and b, and a strict node. Two subjects have logged
// in at the start: s1 and s2 belong to ann, s3 to bob.
func begin() *story {
	s := &story{}
	s.Nodes = []history.Node{{Name: "a"}, {Name: "b"}, {Name: "strict", Strict: true}}
	s.login(0, "s1", "ann").login(0, "s2", "ann").login(0, "s3", "bob")
	return s
}

func (s *story) add(o history.Op, at, status int) *story {
	o.Began, o.Ended, o.Status = ms(at), ms(at+took), status
	s.Ops = append(s.Ops, o)
	return s
}

func (s *story) login(at int, session, subject string) *story {
	return s.add(history.Op{Kind: history.Login, Node: "a", Subject: subject, Session: session, Next: session + ".1"}, at, 200)
}

// failedLogin is a login that is answered with 503.
func (s *story) failedLogin(at int, subject string) *story {
	return s.add(history.Op{Kind: history.Login, Node: "a", Subject: subject}, at, 503)
}

// use presents the access token of a session at a node.
func (s *story) use(at int, node, session string, status int) *story {
	return s.add(history.Op{Kind: history.Use, Node: node, Subject: s.subject(session), Session: session, Token: session + ".access"}, at, status)
}

// refresh presents a refresh token and gets the next one.
func (s *story) refresh(at int, node, session, token, next string, status int) *story {
	return s.add(history.Op{Kind: history.Refresh, Node: node, Subject: s.subject(session), Session: session, Token: token, Next: next}, at, status)
}

// reuse presents a superseded refresh token. next is the token that the node must not hand
// out.
func (s *story) reuse(at int, node, session, token, next string, status int) *story {
	return s.add(history.Op{Kind: history.Reuse, Node: node, Subject: s.subject(session), Session: session, Token: token, Next: next}, at, status)
}

func (s *story) logout(at int, node, session string, status int) *story {
	return s.add(history.Op{Kind: history.Logout, Node: node, Subject: s.subject(session), Session: session}, at, status)
}

// revokeToken revokes the token that use presents, or another one.
func (s *story) revokeToken(at int, node, session, token string) *story {
	return s.add(history.Op{Kind: history.RevokeToken, Node: node, Subject: s.subject(session), Session: session, Token: token}, at, 200)
}

// revokeSubject revokes the subject of a session, and presents that session's token.
func (s *story) revokeSubject(at int, node, session string) *story {
	return s.add(history.Op{Kind: history.RevokeSubject, Node: node, Subject: s.subject(session), Session: session}, at, 200)
}

func (s *story) revokeAll(at int, node string) *story {
	return s.add(history.Op{Kind: history.RevokeAll, Node: node}, at, 200)
}

func (s *story) subject(session string) string {
	for _, o := range s.Ops {
		if o.Session == session {
			return o.Subject
		}
	}
	return ""
}

// last changes the most recent operation.
func (s *story) last(change func(*history.Op)) *story {
	change(&s.Ops[len(s.Ops)-1])
	return s
}

func (s *story) fault(from, to int, change func(*history.Fault)) *story {
	f := history.Fault{Name: "a fault", Span: span(from, to)}
	if change != nil {
		change(&f)
	}
	s.Faults = append(s.Faults, f)
	return s
}

// flushed is a fault that loses everything written before it.
func (s *story) flushed(from, to int) *story {
	return s.fault(from, to, func(f *history.Fault) { f.Loses = true })
}

// astray is a fault, until 900, in which nodes may ask the wrong server.
func (s *story) astray(from int) *story {
	return s.fault(from, 900, func(f *history.Fault) { f.Astray = true })
}

// cut separates nodes from the store for the whole fault except its first and last moment.
func (s *story) cut(from, to int, nodes ...string) *story {
	return s.fault(from, to, func(f *history.Fault) { f.Nodes, f.Cut = nodes, span(from+1, to-1) })
}

func (s *story) halt(node string, from, to int) *story {
	s.Halts = append(s.Halts, history.Halt{Node: node, Span: span(from, to)})
	return s
}

func (s *story) node(change func(*history.Node)) *story {
	n := history.Node{Name: "new"}
	change(&n)
	s.Nodes = append(s.Nodes, n)
	return s
}

// end lets every node accept a new session once more.
func (s *story) end() history.History {
	s.login(90_000, "s9", "eve")
	for _, n := range s.Nodes {
		if n.Stopped == 0 {
			s.use(90_100, n.Name, "s9", 200)
		}
	}
	return s.History
}
