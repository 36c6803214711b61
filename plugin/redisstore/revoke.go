package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// Revoke ends what the revocation names and writes it to the log. In addition to the promises
// of [session.Store]: revoking a token whose session is not alive revokes the session, a
// revocation that the log already holds is not logged again, and an id that this store cannot
// have issued counts 0.
//
// session.KindAll cuts off all shards first, in parallel. If one of them fails, the error is
// [session.ErrUnavailable], and some shards may have been cut off. Then Revoke counts the
// sessions that this ended and frees their memory, for at most twice Options.Timeout: with very
// many sessions the count is a lower bound.
func (s *Store) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := r.Validate(); err != nil {
		return 0, err
	}
	retain, mark, reason := r.Retain.Milliseconds(), redisx.Nonce(), cut(r.Reason, session.MaxReason)
	switch r.Kind {
	case session.KindSession:
		return s.revokeSession(ctx, r.ID, "", retain, mark, reason)
	case session.KindToken:
		return s.revokeSession(ctx, r.ID, r.Token.String(), retain, mark, reason)
	case session.KindSubject:
		rep, err := s.run(ctx, revokeSubjectScript, s.shardOf(r.Subject), r.Subject, idOrNone(r.Except), retain, mark, reason)
		return int(rep.int(3)), err
	default: // KindAll: Validate lets no other kind pass
		return s.revokeAll(ctx, retain, mark)
	}
}

func (s *Store) revokeSession(ctx context.Context, id session.ID, token string, retain int64, mark, reason string) (int, error) {
	if !s.has(id) {
		return 0, nil
	}
	rep, err := s.run(ctx, revokeSessionScript, id.Shard(), id.String(), token, retain, mark, reason)
	return int(rep.int(3)), err
}

// window holds the creation times, in ms, of the sessions that one shard's new cut-off ended:
// later than after, not later than until.
type window struct{ after, until int64 }

func (s *Store) revokeAll(ctx context.Context, retain int64, mark string) (int, error) {
	windows := make([]window, len(s.shards))
	err := s.eachShard(func(n uint8) error {
		rep, err := s.run(ctx, revokeAllScript, n, retain, mark)
		windows[n] = window{after: rep.int(4), until: rep.int(3)}
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.sweep(ctx, windows), nil
}

func idOrNone(id session.ID) string {
	if id == (session.ID{}) {
		return ""
	}
	return id.String()
}
