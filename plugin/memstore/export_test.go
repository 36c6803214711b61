package memstore

import "fmt"

// Held returns the number of items that the store keeps, of all kinds.
func (s *Store) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions) + len(s.groups) + len(s.graves) + len(s.tokens) + len(s.cuts) + len(s.log)
}

// Sound returns an error if the store's indexes contradict each other. Nothing may be going on.
func (s *Store) Sound() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for subject, g := range s.groups {
		n += len(g.recs)
		if len(g.recs) == 0 || g.fate() != nil || g.subject != subject {
			return fmt.Errorf("the group of %q has %d sessions, fate %v, subject %q", subject, len(g.recs), g.fate(), g.subject)
		}
		for i, rec := range g.recs {
			if rec.index != i || rec.group != g || s.sessions[rec.ID] != rec || i > 0 && g.Less(i, (i-1)/2) {
				return fmt.Errorf("%q: session %d of %d is in a wrong place", subject, i, len(g.recs))
			}
		}
	}
	if n != len(s.sessions) {
		return fmt.Errorf("%d sessions in groups, %d in all", n, len(s.sessions))
	}
	for i, it := range s.ring.items {
		if *it.place() != i {
			return fmt.Errorf("item %d of the ring believes to be item %d", i, *it.place())
		}
	}
	if kept := n + len(s.graves) + len(s.tokens) + len(s.cuts); len(s.ring.items) != kept {
		return fmt.Errorf("%d items in the ring, want %d", len(s.ring.items), kept)
	}
	return nil
}
