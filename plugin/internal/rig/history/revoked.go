package history

import (
	"net/http"
	"slices"
	"time"
)

// concerning returns the revocations that may cover what an operation presents.
func (c *checker) concerning(o Op) []Op {
	login, known := c.logins[o.Session]
	all := slices.Concat(c.bySession[o.Session], c.bySubject[login.Subject], c.ofAll)
	return slices.DeleteFunc(all, func(r Op) bool {
		switch r.Kind {
		case RevokeToken:
			return o.Kind == Refresh || o.Kind == Reuse || r.Token != o.Token
		case RevokeSubject, RevokeAll:
			return !known || login.Began > r.Ended
		}
		return false
	})
}

// covers reports whether a revocation certainly covers the session. A cut-off covers sessions
// that began before it.
func (c *checker) covers(r Op, session string) bool {
	return r.Kind != RevokeSubject && r.Kind != RevokeAll || c.logins[session].Ended < r.Began
}

// acknowledges reports whether the answer says that the revocation was done. For Reuse the 401
// says so, unless the session may have been dead for another reason.
func (c *checker) acknowledges(r Op) bool {
	if r.Kind != Reuse {
		return r.Status == http.StatusOK
	}
	if r.Status != http.StatusUnauthorized || c.sessionLost(r) {
		return false
	}
	return !slices.ContainsFunc(c.concerning(r), func(other Op) bool { return other != r && other.Began < r.Ended })
}

// revoked checks [Obeyed] and [NeverBack].
func (c *checker) revoked(o Op) {
	opens := o.Kind == Use || o.Kind == Refresh || o.Kind == RevokeSubject
	if !opens || o.Status != http.StatusOK {
		return
	}
	for _, r := range c.concerning(o) {
		if r == o || !c.covers(r, o.Session) || !c.acknowledges(r) {
			continue
		}
		if o.Began <= r.Ended+c.lag(r, o) || c.forgotten(r, o) {
			continue
		}
		rule := Obeyed
		if slices.ContainsFunc(c.Faults, func(f Fault) bool { return f.From < o.Began && f.lost(r.Began, r.Ended) }) {
			rule = NeverBack
		}
		c.violates(rule, o, "%v after the acknowledgement of: %s", o.Began-r.Ended, r)
	}
}

// lag returns how long after the acknowledgement an operation may still succeed.
func (c *checker) lag(r, o Op) time.Duration {
	node := c.nodes[o.Node]
	if o.Kind != Use || r.Node == o.Node || r.Ended <= node.Launched {
		return 0
	}
	if node.Strict && !c.astray(o, r.Ended) {
		return 0
	}
	return c.MaxStaleness
}

// astray reports whether a check may not know of something that was done at a moment, because
// the node asked the wrong server.
func (c *checker) astray(o Op, done time.Duration) bool {
	return o.Kind == Use && slices.ContainsFunc(c.Faults, func(f Fault) bool {
		return f.Astray && f.From <= done && f.From <= o.Ended && o.Began < f.To
	})
}

// forgotten reports whether the node that answered may not have known a revocation because the
// store had lost it.
func (c *checker) forgotten(r, o Op) bool {
	if r.Node == o.Node {
		return false
	}
	return slices.ContainsFunc(c.Faults, func(f Fault) bool {
		if !f.lost(r.Began, r.Ended) || o.Began < f.From {
			return false
		}
		fresh := r.Ended+c.MaxStaleness > f.From // other nodes may not have heard of it
		revoker := c.nodes[r.Node].Stopped
		nobodyKnew := fresh && revoker != 0 && revoker < f.To
		heard := !fresh && c.nodes[o.Node].Started < f.From
		return nobodyKnew || !heard && (o.Began < f.To || c.ran("", f.To, o.Began) < c.MaxStaleness)
	})
}
