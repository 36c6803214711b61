package history

import (
	"net/http"
	"slices"
)

// live checks [Live].
func (c *checker) live(o Op) {
	if o.Status != http.StatusUnauthorized || o.Kind == Reuse {
		return
	}
	login, known := c.logins[o.Session]
	if !known {
		c.violates(Live, o, "nothing explains the 401")
		return
	}
	ended := slices.ContainsFunc(c.concerning(o), func(r Op) bool { return r != o && r.Began < o.Ended })
	if !ended && !c.sessionLost(o) && !c.astray(o, login.Ended) {
		c.violates(Live, o, "it was not revoked, and the store had not lost it")
	}
}

// sessionLost reports whether the store may have lost the session before the end of an
// operation on it.
func (c *checker) sessionLost(o Op) bool {
	login := c.logins[o.Session]
	return slices.ContainsFunc(c.Faults, func(f Fault) bool {
		return f.lost(login.Began, login.Ended) && f.From <= o.Ended
	})
}
