package redisstore

import (
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Doubter = (*Store)(nil)

// Doubt returns Options.ConnLife. An answer comes from a server that the address led to at most
// that long before the call began, however long the call took.
func (s *Store) Doubt() time.Duration { return s.life }
