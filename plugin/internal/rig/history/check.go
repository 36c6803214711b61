package history

import (
	"fmt"
	"time"
)

// Rule is one promise of ginauth.
type Rule string

// These are the rules that [Check] applies.
const (
	// Obeyed: an acknowledged revocation is obeyed at once by the node that did it, by strict
	// nodes and by nodes started later, and by all other nodes after MaxStaleness.
	Obeyed Rule = "a revocation is obeyed"

	// NeverBack: a revocation stays in force when the store loses it. Nodes that know it
	// refuse without a gap; other nodes refuse again MaxStaleness after the store is back,
	// since a node has then written the revocation back. Only a revocation that no living node
	// can know may be undone.
	NeverBack Rule = "a revocation never comes back undone"

	// Live: a session that was not revoked is accepted, unless the store lost it.
	Live Rule = "a live session is not refused"

	// Answered: every answer is 200, 401 or 503, and arrives in time.
	Answered Rule = "every request is answered as promised"

	// CutOff: a node that cannot reach the store accepts tokens by its mirror for at most
	// MaxStaleness, and grants and acknowledges nothing.
	CutOff Rule = "without the store nothing is granted"

	// Healed: only nodes affected by a fault answer 503, and only from the fault's beginning
	// until Healing after its end. After that every living node accepts a session. A login that
	// a revocation of its subject overtook is 503 without a fault.
	Healed Rule = "faults heal by themselves"

	// OneChain: the refresh tokens of a session form one chain. A token has one successor
	// however often it is presented, no two tokens share a successor, and a superseded token
	// is worthless.
	OneChain Rule = "a refresh token has one successor"
)

// Promise holds the bounds that the rules use.
type Promise struct {
	MaxStaleness time.Duration
	Healing      time.Duration // from the end of a fault until it has no more effect
	Answer       time.Duration // for any answer
	Unavailable  time.Duration // for a 503

	// GivesUp is how long a node waits for the store before it answers 503. A 503 that took as
	// long while the machine stood still again and again breaks no promise: nobody had the
	// processor in time. Zero: a node never waits.
	GivesUp time.Duration
}

// Violation is one broken rule with the operation that shows it.
type Violation struct {
	Rule Rule
	Op   Op
	Why  string
}

// String formats the violation as one line.
func (v Violation) String() string { return fmt.Sprintf("%s: %s: %s", v.Rule, v.Op, v.Why) }

// Check returns every violation, ordered by rule.
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
