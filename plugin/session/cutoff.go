package session

import "time"

// Cutoff kills every session begun at or before a moment, but for at most one.
// The zero Cutoff kills nothing. Cut-offs combine by "any kills".
type Cutoff struct {
	At     int64 // milliseconds of the store's clock; 0: none
	Except ID    // the spared session; zero: none
}

// CutoffAt is a cut-off at t, to the millisecond.
func CutoffAt(t time.Time, except ID) Cutoff { return Cutoff{At: t.UnixMilli(), Except: except} }

// Kills reports whether the session is dead by this cut-off.
func (c Cutoff) Kills(id ID) bool { return c.At > 0 && id.createdMS() <= c.At && id != c.Except }

// Merge is the cut-off that kills exactly what c or d kills. One exception is
// enough to say that: of two cut-offs, the sessions that survive both and are not
// younger than the later one are at most its own exception.
func (c Cutoff) Merge(d Cutoff) Cutoff {
	if d.At < c.At {
		c, d = d, c
	}
	if c.At == d.At && c.Except != d.Except {
		return Cutoff{At: c.At}
	}
	if d.Except != (ID{}) && c.Kills(d.Except) {
		d.Except = ID{}
	}
	return d
}
