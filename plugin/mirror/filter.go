package mirror

import (
	"encoding/binary"

	"github.com/ginauth/ginauth/plugin/session"
)

// filter rules out most sessions that a bucket does not hold, without a look-up in the
// bucket's map. With a million entries such a look-up misses all processor caches, and nearly
// every request would pay for it. It is a Bloom filter of 8 to 16 bits per entry that sets two
// bits per entry, both in one word. The random bits of the id serve as the hash.
type filter []uint64

const filterLoad = 8 // entries per word, at most

// has returns false only for a session that was never added.
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

// with adds one of the sessions. If the filter is full, it returns a larger one.
func (f filter) with(id session.ID, sessions map[session.ID]stamp) filter {
	if len(sessions) > filterLoad*len(f) {
		return filterOf(sessions)
	}
	f.put(id)
	return f
}

// place uses bytes 7 to 14 of the id, because the last byte selects the bucket.
func (f filter) place(id session.ID) (word, bits uint64) {
	h := binary.BigEndian.Uint64(id[7:15])
	return (h >> 12) % uint64(len(f)), 1<<(h%64) | 1<<((h>>6)%64)
}

// filterOf makes a filter of the sessions, with room for twice their number.
func filterOf(sessions map[session.ID]stamp) filter {
	f := make(filter, 2*len(sessions)/filterLoad+1)
	for id := range sessions {
		f.put(id)
	}
	return f
}
