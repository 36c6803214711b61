package replica

import (
	"hash/maphash"
	"math/bits"

	"github.com/ginauth/ginauth/plugin/session"
)

// table is a map from sessions to ends. With a million entries every memory line that
// has to be fetched costs more than all the rest, and a Go map fetches four or so. Here
// an id stands where its hash says or a few places behind (linear probing): one line or
// two, behind a filter. A place is 20 bytes without pointers, which the garbage
// collector does not walk.
//
// The hash is seeded: nobody can choose ids that collide.
type table struct {
	filter filter
	places []place
	used   int
}

// place is free if its end is 0.
type place struct {
	id  session.ID
	end stamp
}

// A table that is two thirds full is made half as large again. It is then 0.44 full: 30
// to 45 bytes an entry.
const leastPlaces = 8

func full(used, places int) bool { return 3*used >= 2*places }

// find is the place of an id, or the free one where it would stand. There are places.
func (t *table) find(seed maphash.Seed, id session.ID) *place {
	at, _ := bits.Mul64(maphash.Bytes(seed, id[:]), uint64(len(t.places)))
	for i := int(at); ; i++ { //nolint:gosec // less than len(t.places)
		if i == len(t.places) {
			i = 0
		}
		if p := &t.places[i]; p.end == 0 || p.id == id {
			return p
		}
	}
}

// get is 0 for a session that is not there.
func (t *table) get(seed maphash.Seed, id session.ID) stamp {
	if !t.filter.has(id) {
		return 0
	}
	return t.find(seed, id).end
}

// put merges an end; fresh if the session was not there. An end is kept as 1 at least.
func (t *table) put(seed maphash.Seed, id session.ID, end stamp) (fresh bool) {
	if full(t.used+1, len(t.places)) {
		t.resize(seed, max(leastPlaces, len(t.places)*3/2))
	}
	p := t.find(seed, id)
	fresh = p.end == 0
	if fresh {
		t.used++
		t.filter.put(id)
	}
	p.id, p.end = id, p.end.merge(end).merge(1)
	return fresh
}

func (t *table) resize(seed maphash.Seed, places int) {
	old := t.places
	t.places, t.filter = make([]place, places), make(filter, places/filterPlaces)
	for _, p := range old {
		if p.end != 0 {
			*t.find(seed, p.id) = p
			t.filter.put(p.id)
		}
	}
}

// drop takes out what ends before now, and returns how many that were.
func (t *table) drop(seed maphash.Seed, now stamp) (dropped int) {
	for i := range t.places {
		if p := &t.places[i]; p.end != 0 && p.end.end() < now {
			p.end = 0
			dropped++
		}
	}
	if dropped > 0 { // anew: a chain must not have holes
		t.used -= dropped
		t.resize(seed, max(leastPlaces, 2*t.used))
	}
	return dropped
}

// forget marks all as not seen in the log.
func (t *table) forget() {
	for i := range t.places {
		t.places[i].end = t.places[i].end.end()
	}
}
