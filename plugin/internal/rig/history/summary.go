package history

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Summary are the figures of a History.
type Summary struct {
	Ops         int
	Status      map[int]int
	Revocations int           // acknowledged
	Refusals    int           // uses and refreshes that an acknowledged revocation had ended, refused
	Staleness   time.Duration // the longest from an acknowledgement to a use that was still let in
	Healing     time.Duration // the longest from the end of a fault to the end of the last 503
	Slowest     time.Duration
	Halted      time.Duration // the longest that this machine stood still
}

// Summarize counts.
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

// healing is how long after the nearest fault before it a 503 ended.
func (c *checker) healing(o Op) time.Duration {
	nearest := time.Duration(-1)
	for _, f := range c.Faults {
		if after := max(0, o.Ended-f.To); f.hits(o.Node) && f.From <= o.Ended && (nearest < 0 || after < nearest) {
			nearest = after
		}
	}
	return max(0, nearest)
}

// late is how long ago the session or token of an operation had been revoked.
func (c *checker) late(o Op) (longest time.Duration, dead bool) {
	for _, r := range c.concerning(o) {
		if c.covers(r, o.Session) && c.acknowledges(r) && r.Ended < o.Began {
			longest, dead = max(longest, o.Began-r.Ended), true
		}
	}
	return longest, dead
}

// String is one line.
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
