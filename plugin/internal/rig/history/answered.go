package history

import (
	"net/http"
	"slices"
	"time"
)

// answered checks [Answered], and the part of [Healed] about 503.
func (c *checker) answered(o Op) {
	took := c.ran(o.Node, o.Began, o.Ended)
	switch {
	case o.Status == 0 && !c.killed(o):
		c.violates(Answered, o, "no answer")
	case took > c.Answer:
		c.violates(Answered, o, "it took %v", took)
	}
	switch o.Status {
	case 0, http.StatusOK, http.StatusUnauthorized:
	case http.StatusServiceUnavailable:
		if took > c.Unavailable {
			c.violates(Answered, o, "a 503 that took %v", took)
		}
		if !slices.ContainsFunc(c.Faults, func(f Fault) bool { return c.explains(f, o) }) && !c.overtaken(o) && !c.starved(o) {
			c.violates(Healed, o, "no fault explains it, and the machine stood still for only %v of it", c.halted(o))
		}
	default:
		c.violates(Answered, o, "the status is not 200, 401 or 503")
	}
}

// killed reports whether the node may have been killed before it could answer.
func (c *checker) killed(o Op) bool {
	stopped := c.nodes[o.Node].Stopped
	return stopped != 0 && o.Ended >= stopped
}

// explains reports whether an operation falls into a fault or its healing.
func (c *checker) explains(f Fault, o Op) bool {
	return f.hits(o.Node) && !slices.Contains(f.Spares, o.Kind) && f.From <= o.Ended && c.ran(o.Node, f.To, o.Began) <= c.Healing
}

// starved reports whether a node gave up on the store because the machine was too busy for
// either. Only an answer that took as long as a node waits for the store can be that.
func (c *checker) starved(o Op) bool {
	took := o.Ended - o.Began
	return c.GivesUp > 0 && took >= c.GivesUp && c.halted(o) >= took/busy
}

// busy is the part of its time for which a machine stands still that has too much to do.
const busy = 20

// halted returns for how long the machine stood still during an operation.
func (c *checker) halted(o Op) time.Duration {
	return o.Ended - o.Began - c.ran("", o.Began, o.Ended)
}

// overtaken reports whether the operation is a login during which its subject, or everybody, was
// revoked: it may then be told to try again. A revocation without an answer may have been done
// after its client gave up, at most Answer later.
func (c *checker) overtaken(o Op) bool {
	return o.Kind == Login && slices.ContainsFunc(slices.Concat(c.bySubject[o.Subject], c.ofAll), func(r Op) bool {
		done := r.Ended
		if r.Status == 0 {
			done += c.Answer
		}
		return r.Status != http.StatusUnauthorized && r.Began <= o.Ended && o.Began <= done
	})
}

// cutOff checks [CutOff].
func (c *checker) cutOff(o Op) {
	if o.Status != http.StatusOK {
		return
	}
	var trusted time.Duration
	if o.Kind == Use && !c.nodes[o.Node].Strict {
		trusted = c.MaxStaleness
	}
	for _, f := range c.Faults {
		if f.Cut != (Span{}) && f.hits(o.Node) && o.Began > f.Cut.From+trusted && o.Ended < f.Cut.To {
			c.violates(CutOff, o, "%v after %s began", o.Began-f.Cut.From, f.Name)
		}
	}
}

// healed checks the other part of [Healed].
func (c *checker) healed() {
	var quiet time.Duration
	for _, f := range c.Faults {
		quiet = max(quiet, f.To)
	}
	for _, n := range c.Nodes {
		welcome := slices.ContainsFunc(c.Ops, func(o Op) bool {
			return o.Node == n.Name && o.Kind == Use && o.Status == http.StatusOK && o.Began > quiet
		})
		if n.Stopped == 0 && !welcome {
			c.violates(Healed, Op{Kind: Use, Node: n.Name, Began: quiet}, "no session was accepted after the last fault")
		}
	}
}
