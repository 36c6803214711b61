package mirror

import (
	"sync/atomic"
	"time"
)

// clockSlack is how long entries are kept beyond the time for which they are needed. It covers
// the largest clock error that goes unnoticed, so that no entry is dropped early.
const clockSlack = 5 * time.Second

// clockTolerance is how far the store's clock may drift before the translation is adjusted.
// An adjustment at every reading would change times that are translated back and forth.
const clockTolerance = time.Second

// clock translates between the store's clock, which defines when entries end, and the mirror's
// own clock, which only runs forward. The list uses the latter: when the store's clock is set,
// or a server with another clock takes over, known entries do not end earlier.
type clock struct {
	known  atomic.Bool
	offset atomic.Int64 // whole seconds: the store's clock minus the mirror's
}

// observe takes a reading of the store's clock that was made between two moments of the
// mirror's clock. jumped reports that it contradicts earlier readings by more than clockSlack.
func (c *clock) observe(store time.Time, began, ended time.Duration) (jumped bool) {
	lowest := floorSeconds(store.UnixNano() - int64(ended))
	highest := floorSeconds(store.UnixNano() - int64(began))
	const tolerance = int64(clockTolerance / time.Second)
	old := c.offset.Load()
	if c.known.Load() && lowest-tolerance <= old && old <= highest+tolerance {
		return false
	}
	c.offset.Store(lowest) // a lower offset makes entries end later
	const slack = int64(clockSlack / time.Second)
	return c.known.Swap(true) && (old < lowest-slack || old > highest+slack)
}

// stamp translates the end of an entry to the mirror's clock, rounded up.
func (c *clock) stamp(until time.Time) stamp {
	seconds := until.Unix()
	if until.Nanosecond() > 0 {
		seconds++
	}
	return clampStamp(seconds - c.offset.Load())
}

// at translates a moment of the mirror's clock, rounded down by up to a second.
func (c *clock) at(own time.Duration) time.Time {
	return time.Unix(floorSeconds(int64(own))+c.offset.Load(), 0)
}

// until translates back: it returns the time that stamp received.
func (c *clock) until(s stamp) time.Time {
	return time.Unix(int64(s.end())-stampOrigin+c.offset.Load(), 0)
}

// floorSeconds returns nanoseconds in whole seconds, rounded down.
func floorSeconds(ns int64) int64 {
	const second = int64(time.Second)
	q := ns / second
	if ns%second < 0 {
		q--
	}
	return q
}

// stamp is the end of an entry in seconds of the mirror's own time, counted from a day before
// its start: entries that ended before the start are told apart too. The two highest bits are
// flags.
type stamp uint32

const (
	seenBit     stamp = 1 << 31 // the entry has been seen in the log
	guessBit    stamp = 1 << 30 // the end is this node's guess, until the log tells the right one
	stampOrigin       = 24 * 60 * 60
	seenNow           = seenBit | guessBit // marks an entry as seen, and leaves its end as it is
)

func clampStamp(seconds int64) stamp {
	return stamp(max(0, min(seconds+stampOrigin, int64(guessBit-1))))
}

// stampOf rounds down.
func stampOf(own time.Duration) stamp { return clampStamp(floorSeconds(int64(own))) }

func (s stamp) end() stamp  { return s &^ (seenBit | guessBit) }
func (s stamp) seen() bool  { return s&seenBit != 0 }
func (s stamp) guess() bool { return s&guessBit != 0 }

// merge returns the later end, but any end rather than a guess. It is seen if either was.
func (s stamp) merge(t stamp) stamp {
	seen := (s | t) & seenBit
	switch {
	case s.guess() == t.guess():
		return max(s.end(), t.end()) | s&guessBit | seen
	case s.guess():
		return t.end() | seen
	}
	return s.end() | seen
}
