package history

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Summary holds the key figures of a [History].
type Summary struct {
	Ops         int
	Status      map[int]int
	Revocations int           // acknowledged revocations
	Refusals    int           // refused uses and refreshes of sessions or tokens with an acknowledged revocation
	Staleness   time.Duration // the longest time from an acknowledgement to a use that was still accepted
	Healing     time.Duration // the longest time from the end of a fault to the end of the last 503
	Slowest     time.Duration
	Halted      time.Duration // the longest time that this machine could not run
}

// Summarize computes the figures of a history.
func Summarize(h History, p Promise) Summary {
	c := newChecker(h, p)
	s := Summary{Ops: len(h.Ops), Status: map[int]int{}}
	for _, o := range h.Ops {
		s.Status[o.Status]++
		s.Slowest = max(s.Slowest, o.Ended-o.Began)
		if o.Kind > Refresh && c.acknowledges(o) {
			s.Revocations++
		}
		if o.Status == http.StatusServiceUnavailable {
			s.Healing = max(s.Healing, c.healing(o))
		}
		if o.Kind == Use || o.Kind == Refresh {
			late, dead := c.late(o)
			if o.Status == http.StatusOK {
				s.Staleness = max(s.Staleness, late)
			} else if dead && o.Status == http.StatusUnauthorized {
				s.Refusals++
			}
		}
	}
	for _, halt := range h.Halts {
		if halt.Node == "" {
			s.Halted = max(s.Halted, halt.To-halt.From)
		}
	}
	return s
}

// healing returns the time from the end of the last fault before a 503 to the end of that 503.
func (c *checker) healing(o Op) time.Duration {
	nearest := time.Duration(-1)
	for _, f := range c.Faults {
		if after := max(0, o.Ended-f.To); f.hits(o.Node) && f.From <= o.Ended && (nearest < 0 || after < nearest) {
			nearest = after
		}
	}
	return max(0, nearest)
}

// late returns how long ago the session or token of an operation was revoked.
func (c *checker) late(o Op) (longest time.Duration, dead bool) {
	for _, r := range c.concerning(o) {
		if c.covers(r, o.Session) && c.acknowledges(r) && r.Ended < o.Began {
			longest, dead = max(longest, o.Began-r.Ended), true
		}
	}
	return longest, dead
}

// String formats the summary as one line.
func (s Summary) String() string {
	var status strings.Builder
	for _, code := range []int{0, http.StatusOK, http.StatusUnauthorized, http.StatusServiceUnavailable} {
		if s.Status[code] > 0 {
			fmt.Fprintf(&status, ", %d x %d", s.Status[code], code)
		}
	}
	ms := time.Millisecond
	return fmt.Sprintf("%d operations%s; %d revocations acknowledged, %d refusals because of them; staleness at most %v, healed %v after a fault, slowest answer %v; the machine stood still for at most %v",
		s.Ops, &status, s.Revocations, s.Refusals, s.Staleness.Round(ms), s.Healing.Round(ms), s.Slowest.Round(ms), s.Halted.Round(ms))
}
