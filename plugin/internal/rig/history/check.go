package history

import (
	"fmt"
	"time"
)

// Rule is one of the promises.
type Rule string

// The rules.
const (
	// Obeyed: a revocation that was acknowledged is obeyed at once by the node that did it,
	// by strict nodes and by nodes started later, and by the others after MaxStaleness.
	Obeyed Rule = "a revocation is obeyed"

	// NeverBack: it stays obeyed when the store loses it. Nodes that know it refuse all the
	// time; others do again MaxStaleness after the store is back, since it was told again.
	// Only what no living node can have heard of may be undone.
	NeverBack Rule = "a revocation never comes back undone"

	// Live: who was not revoked is let in, unless the store lost the session.
	Live Rule = "a live session is not refused"

	// Answered: every answer is one of 200, 401 and 503, and comes in time.
	Answered Rule = "every request is answered as promised"

	// CutOff: a node that cannot reach the store lets nobody in by its copy for longer than
	// MaxStaleness, and grants and acknowledges nothing.
	CutOff Rule = "without the store nothing is granted"

	// Healed: 503 is answered only by nodes that a fault hits, from its beginning until
	// Healing after its end; and then every living node lets somebody in.
	Healed Rule = "faults heal by themselves"

	// OneChain: the refresh tokens of a session are one chain. A token has one successor
	// however often it is presented, no two have the same, and a superseded one opens nothing.
	OneChain Rule = "a refresh token has one successor"
)

// Promise are the bounds that the rules speak of.
type Promise struct {
	MaxStaleness time.Duration
	Healing      time.Duration // from the end of a fault until nothing of it is seen
	Answer       time.Duration // any answer
	Unavailable  time.Duration // a 503
}

// Violation is a broken rule.
type Violation struct {
	Rule Rule
	Op   Op
	Why  string
}

// String is one line.
func (v Violation) String() string { return fmt.Sprintf("%s: %s: %s", v.Rule, v.Op, v.Why) }

// Check returns every violation, by rule.
func Check(h History, p Promise) []Violation {
	c := newChecker(h, p)
	for _, rule := range []func(Op){c.revoked, c.live, c.answered, c.cutOff} {
		for _, o := range h.Ops {
			rule(o)
		}
	}
	c.healed()
	c.chained()
	return c.found
}

type checker struct {
	History
	Promise
	nodes  map[string]Node
	logins map[string]Op // by session

	bySession, bySubject map[string][]Op // revocations
	ofAll                []Op
	refreshes            map[string][]Op // by session

	found []Violation
}

func newChecker(h History, p Promise) *checker {
	c := &checker{
		History: h, Promise: p,
		nodes: map[string]Node{}, logins: map[string]Op{},
		bySession: map[string][]Op{}, bySubject: map[string][]Op{}, refreshes: map[string][]Op{},
	}
	for _, n := range h.Nodes {
		c.nodes[n.Name] = n
	}
	for _, o := range h.Ops {
		switch o.Kind {
		case Login:
			if o.Session != "" {
				c.logins[o.Session] = o
			}
		case Refresh:
			c.refreshes[o.Session] = append(c.refreshes[o.Session], o)
		case Logout, Reuse, RevokeToken:
			c.bySession[o.Session] = append(c.bySession[o.Session], o)
		case RevokeSubject:
			c.bySubject[o.Subject] = append(c.bySubject[o.Subject], o)
		case RevokeAll:
			c.ofAll = append(c.ofAll, o)
		}
	}
	return c
}

func (c *checker) violates(rule Rule, o Op, format string, args ...any) {
	c.found = append(c.found, Violation{rule, o, fmt.Sprintf(format, args...)})
}
