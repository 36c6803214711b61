package memstore

// item is something that the store keeps for a time.
type item interface {
	place() *int       // where the ring notes the item's place
	due(s *Store) bool // whether its time is over
	discard(s *Store)  // removes it from the store and from the ring
}

// ring holds items, and a hand that goes round them.
type ring struct {
	items []item
	hand  int
}

func (r *ring) add(it item) {
	*it.place() = len(r.items)
	r.items = append(r.items, it)
}

func (r *ring) remove(it item) {
	last := len(r.items) - 1
	moved := r.items[last]
	r.items[*it.place()] = moved
	*moved.place() = *it.place()
	r.items[last] = nil
	r.items = r.items[:last]
}

const (
	glances   = 4    // items that each call looks at
	trimLines = 1024 // lines of the log that a call drops at most
)

// tidy drops some of what is over. Calls drop what they meet; tidy finds the rest. A call adds
// hardly more than one item on average and looks at several, so that the store holds little more
// than it needs, and no call pays for a sweep.
func (s *Store) tidy() {
	s.trim()
	for range min(glances, len(s.ring.items)) {
		if s.ring.hand >= len(s.ring.items) {
			s.ring.hand = 0
		}
		if it := s.ring.items[s.ring.hand]; it.due(s) {
			it.discard(s)
		} else {
			s.ring.hand++
		}
	}
}

// trim drops the lines at the head of the log that are over. A line stays as long as any line
// before it, so that the log has no holes.
func (s *Store) trim() {
	n := 0
	for n < min(len(s.log), trimLines) && s.over(s.log[n].entry.Until) {
		n++
	}
	if n == 0 {
		return
	}
	s.trimmed = s.log[n-1].at
	clear(s.log[:n])
	s.log = s.log[n:]
}
