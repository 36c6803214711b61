package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Endings = (*Store)(nil)

// Ending tells how a session ended, from its tombstone. session.KindAll leaves none where
// it was quick to free the memory.
func (s *Store) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	if !s.has(id) {
		return session.Ending{}, session.ErrNotFound
	}
	r, err := s.run(ctx, endingScript, id.Shard(), id.String())
	if err != nil {
		return session.Ending{}, err
	}
	if r.at(4) == nil {
		return session.Ending{}, session.ErrNotFound
	}
	return session.Ending{Reason: r.text(3), Generation: uint32(r.int(4))}, nil
}
