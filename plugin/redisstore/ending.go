package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.Endings = (*Store)(nil)

// Ending returns how a session ended, or [session.ErrNotFound]. A revocation of
// session.KindAll leaves nothing to tell where it has freed the memory at once.
func (s *Store) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	r, err := s.read(ctx, id)
	if err != nil {
		return session.Ending{}, err
	}
	n, ending := id.Shard(), session.Ending{Reason: r.reason, Generation: r.generation}
	switch {
	case r.created != created(id), r.generation == 0:
		return session.Ending{}, session.ErrNotFound
	case r.ended:
		return ending, nil
	case !r.live(id, s.ms(n)):
		ending.Reason = session.ReasonExpired
		return ending, nil
	}
	all, own, err := s.cutoffs(ctx, n, r.subject)
	if err != nil {
		return session.Ending{}, err
	}
	p := session.Probe{ID: id, Subject: r.subject}
	switch { // the session is not cleaned up yet
	case own.covers(p):
		ending.Reason = own.reason
		return ending, nil
	case all.covers(p):
		return ending, nil
	}
	return session.Ending{}, session.ErrNotFound
}
