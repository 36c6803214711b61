package ginauth

import (
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

const (
	// mintTime is how much later than the call of the store the token may be minted from its
	// answer, and still get its full life: the time of the store and of Reload.
	mintTime = 2 * storeTime

	// skew is how much longer than a token lives its revocation is kept, for nodes whose
	// clocks differ.
	skew = time.Minute

	// longest bounds the life of tokens, and the wait for the end of legacy tokens. No token
	// lives that long, and times can still be added to it.
	longest = 100 * 365 * 24 * time.Hour
)

// tokenLife is the longest life of an access token that this node mints. No token outlives its
// session, whatever TimeoutFunc returns.
func (c Config) tokenLife() time.Duration {
	life := min(c.SessionMaxTTL, longest)
	if c.JWT.TimeoutFunc != nil {
		return life
	}
	return min(c.JWT.Timeout, life)
}

// tokenEnd is what a store that is called now is told about the token that comes of its answer:
// the latest exp, by this node's clock, to which the minting keeps.
func (c Config) tokenEnd(now time.Time) time.Time { return now.Add(c.tokenLife() + mintTime) }

// until is how long a revocation made now matters at least. A token has its own exp. For
// everything else the store knows better, since it was told the end of every token, unless it
// has lost that: then this node's own tokens are the best guess. What ends a subject or
// everything also ends legacy tokens, of which no store was told.
func (c Config) until(what session.Revocation, now time.Time) time.Time {
	if what.Kind == session.KindToken {
		return what.Until
	}
	least := later(what.Until, now.Add(c.tokenLife()+skew))
	if c.Legacy == nil || what.Kind == session.KindSession {
		return least
	}
	legacy := c.Legacy.Until
	if most := now.Add(longest); legacy.After(most) {
		legacy = most
	}
	return later(least, legacy)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
