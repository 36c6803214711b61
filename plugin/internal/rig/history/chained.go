package history

import (
	"net/http"
	"slices"
)

// chained checks [OneChain].
func (c *checker) chained() {
	next, previous := map[string]string{}, map[string]string{}
	for _, o := range c.Ops {
		if o.Status != http.StatusOK || o.Next == "" {
			continue
		}
		if o.Kind == Reuse && !c.rolledBack(o) {
			c.violates(OneChain, o, "a superseded token was accepted")
		}
		if known, ok := previous[o.Next]; ok && known != o.Token {
			c.violates(OneChain, o, "its new token is also the successor of %q", known)
		}
		previous[o.Next] = o.Token
		if o.Kind == Login {
			continue // this operation presents no token
		}
		if known, ok := next[o.Token]; ok && known != o.Next {
			c.violates(OneChain, o, "the successor was %s earlier", known)
		}
		next[o.Token] = o.Next
	}
}

// rolledBack reports whether the store may have forgotten that the token was superseded.
func (c *checker) rolledBack(o Op) bool {
	return slices.ContainsFunc(c.Faults, func(f Fault) bool {
		return f.From <= o.Ended && slices.ContainsFunc(c.refreshes[o.Session], func(r Op) bool {
			return r.Began < o.Ended && f.lost(r.Began, r.Ended)
		})
	})
}
