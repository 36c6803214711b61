package mirror

import (
	"sync/atomic"
	"time"
)

// clockSlack is how long entries are kept beyond their end. It covers what a clock
// may be off by without being noticed, so that no entry is dropped early.
const clockSlack = 5 * time.Second

// clockTolerance is how far the store's clock may wander before the translation is
// adjusted: adjusting it at every reading would make times come back changed.
const clockTolerance = time.Second

// clock translates between the store's clock, by which entries end, and the
// mirror's own, which only runs forward. Entries are kept by the latter: when the
// store's clock is set, or a server with another clock takes over, what is known
// does not end earlier for it.
type clock struct {
	known  atomic.Bool
	offset atomic.Int64 // whole seconds: the store's clock less the mirror's
}

// observe takes a reading of the store's clock that was made between two moments of
// the mirror's. jumped says that it contradicts earlier readings by more than
// clockSlack covers.
func (c *clock) observe(store time.Time, began, ended time.Duration) (jumped bool) {
	const second = int64(time.Second)
	lowest := floorDiv(store.UnixNano()-int64(ended), second)
	highest := floorDiv(store.UnixNano()-int64(began), second)
	const tolerance = int64(clockTolerance / time.Second)
	old := c.offset.Load()
	if c.known.Load() && lowest-tolerance <= old && old <= highest+tolerance {
		return false
	}
	c.offset.Store(lowest) // the lower, the later entries end
	const slack = int64(clockSlack / time.Second)
	return c.known.Swap(true) && (old < lowest-slack || old > highest+slack)
}

// stamp translates the end of an entry.
func (c *clock) stamp(until time.Time) stamp { return clampStamp(until.Unix() - c.offset.Load()) }

// until translates back; what stamp was given comes out again.
func (c *clock) until(s stamp) time.Time { return time.Unix(int64(s.end())+c.offset.Load(), 0) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// stamp is the end of an entry in seconds of the mirror's own time, and in its
// highest bit whether the log has been seen to hold the entry.
type stamp uint32

const seenBit stamp = 1 << 31

func clampStamp(seconds int64) stamp {
	return stamp(max(0, min(seconds, int64(seenBit-1))))
}

// stampOf rounds down.
func stampOf(own time.Duration) stamp { return clampStamp(int64(own / time.Second)) }

func (s stamp) end() stamp { return s &^ seenBit }
func (s stamp) seen() bool { return s&seenBit != 0 }

// merge is the later end, seen if either was.
func (s stamp) merge(t stamp) stamp { return max(s.end(), t.end()) | (s|t)&seenBit }
