package redisstore

// Own makes a store close its client, as if Connect had opened it.
func Own(s *Store) { s.closer.own = s.rdb }
