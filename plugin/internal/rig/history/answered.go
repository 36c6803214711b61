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
		if !slices.ContainsFunc(c.Faults, func(f Fault) bool { return c.explains(f, o) }) {
			c.violates(Healed, o, "no fault explains it")
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
	return f.hits(o.Node) && f.From <= o.Ended && c.ran(o.Node, f.To, o.Began) <= c.Healing
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
