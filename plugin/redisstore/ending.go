package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Endings = (*Store)(nil)

// Ending returns how a session ended, from its tombstone, or [session.ErrNotFound]. A
// revocation of session.KindAll leaves no tombstone where it has freed the memory at once.
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
