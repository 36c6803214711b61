package session

import "time"

// Cutoff ends every session that began at or before a moment, with at most one exception. The
// zero Cutoff ends no session. A session is dead if any cut-off that covers it ends it.
type Cutoff struct {
	At     int64 // milliseconds of the store's clock; 0: no cut-off
	Except ID    // the session that is spared; zero: none
}

// CutoffAt returns a cut-off at t, to the millisecond.
func CutoffAt(t time.Time, except ID) Cutoff { return Cutoff{At: t.UnixMilli(), Except: except} }

// Ends reports whether the cut-off ends the session.
func (c Cutoff) Ends(id ID) bool { return c.At > 0 && id.createdMS() <= c.At && id != c.Except }

// Merge returns the cut-off that ends exactly the sessions that c or d ends. One exception is
// enough for that: of the sessions that began at or before the later cut-off, only its own
// exception can survive both.
func (c Cutoff) Merge(d Cutoff) Cutoff {
	if d.At < c.At {
		c, d = d, c
	}
	if c.At == d.At && c.Except != d.Except {
		return Cutoff{At: c.At}
	}
	if d.Except != (ID{}) && c.Ends(d.Except) {
		d.Except = ID{}
	}
	return d
}
