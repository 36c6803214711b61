package throttle

import "time"

// tally is the count of one name or one address, without the failure that is being recorded.
type tally struct {
	failures int           // within the window
	wait     time.Duration // until there are fewer than the rate allows; 0 if there are
}

// verdict is the rule: it returns how long an attempt at this name from this address has to
// wait, or 0.
func verdict(name, address tally) time.Duration {
	if address.wait > 0 {
		return address.wait
	}
	if address.failures > 0 {
		return name.wait
	}
	return 0
}

// outcome is the rule for an attempt whose password was checked. For a throttled name, a wrong
// password is withheld from a clean address too, so that the attempt reveals nothing.
func outcome(name, address tally, failed bool) time.Duration {
	if failed {
		return max(name.wait, address.wait)
	}
	return verdict(name, address)
}
