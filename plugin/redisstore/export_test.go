package redisstore

// Own makes a store close its client by f, as if Connect had opened it.
func Own(s *Store, f func() error) { s.closer.own = f }

// NeededCommands returns the names of the commands that Inspect tries.
func (s *Store) NeededCommands() []string { return s.neededCommands() }
