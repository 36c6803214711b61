package mirror

import (
	"encoding/binary"

	"github.com/ginauth/ginauth/plugin/session"
)

// filter says of most sessions that a bucket does not know them, without a look at
// its map: with a million entries that look costs a miss of all caches, and nearly
// every request would pay it. It is a Bloom filter with two bits an entry, both in one
// word, of 8 to 16 bits an entry. Its hash are the random bits of the id.
type filter []uint64

const filterLoad = 8 // entries a word, at most

// has is false only if the session was never put in.
func (f filter) has(id session.ID) bool {
	if len(f) == 0 {
		return false
	}
	word, bits := f.place(id)
	return f[word]&bits == bits
}

func (f filter) put(id session.ID) {
	word, bits := f.place(id)
	f[word] |= bits
}

// with puts in one of the sessions, in a larger filter if this one is full.
func (f filter) with(id session.ID, sessions map[session.ID]stamp) filter {
	if len(sessions) > filterLoad*len(f) {
		return filterOf(sessions)
	}
	f.put(id)
	return f
}

// place uses bytes 7 to 14: the last one chose the bucket.
func (f filter) place(id session.ID) (word, bits uint64) {
	h := binary.BigEndian.Uint64(id[7:15])
	return (h >> 12) % uint64(len(f)), 1<<(h%64) | 1<<((h>>6)%64)
}

// filterOf makes a filter with room for as many sessions again.
func filterOf(sessions map[session.ID]stamp) filter {
	f := make(filter, 2*len(sessions)/filterLoad+1)
	for id := range sessions {
		f.put(id)
	}
	return f
}
