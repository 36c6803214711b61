package password

// Occupy takes one turn, as a hash that runs does, until the returned function is called.
func (h *Hasher) Occupy() (leave func()) {
	h.turns <- struct{}{}
	return func() { <-h.turns }
}
