package memstore

// Held returns the number of items that the store keeps, of all kinds.
func (s *Store) Held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions) + len(s.bySubject) + len(s.tombs) + len(s.tokens) + len(s.subjects) + len(s.endings) + len(s.log)
}
