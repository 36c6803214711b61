package replica

import (
	"encoding/binary"

	"github.com/ginauth/ginauth/plugin/session"
)

// filter says of most sessions that a table does not have them, without a look at it:
// nearly every request asks about one that is not there, and with a million entries
// that look costs a miss of all caches, where all filters together take 2 MB. It is a
// Bloom filter with two bits an entry, both in one word, of 12 to 18 bits an entry. Its
// hash are the random bits of the id.
type filter []uint64

// filterPlaces is how many places of a table share a word.
const filterPlaces = 8

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

// place uses bytes 7 to 14: the last one chose the bucket.
func (f filter) place(id session.ID) (word, bits uint64) {
	h := binary.BigEndian.Uint64(id[7:15])
	return (h >> 12) % uint64(len(f)), 1<<(h%64) | 1<<((h>>6)%64)
}
