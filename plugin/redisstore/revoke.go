package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// Revoke ends what the revocation names and writes it to the log. In addition to the promises
// of [session.Store]: revoking a token whose session is not alive revokes the session, a
// revocation of a session or a token that the log already holds is not logged again, and an id
// that this store cannot have issued counts 0.
//
// session.KindSubject is one small step, however many sessions there are; a second one counts
// them. Then Revoke frees their memory, a piece at a time and for at most Options.Timeout. What
// is left is dead all the same, and goes when it would have expired.
//
// session.KindAll cuts off all shards first, in parallel. If one of them fails, the error is
// [session.ErrUnavailable], and some shards may have been cut off. Then Revoke counts the
// sessions that this ended and frees their memory, for at most twice Options.Timeout: with very
// many sessions the count is a lower bound. It includes sessions that an earlier
// session.KindSubject has ended and not cleaned.
func (s *Store) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := r.Validate(); err != nil {
		return 0, err
	}
	nonce, until, reason := redisx.Nonce(), ceilSecond(r.Until), cut(r.Reason, session.MaxReason)
	switch r.Kind {
	case session.KindSession:
		return s.revokeSession(ctx, r.ID, "", until, nonce, reason)
	case session.KindToken:
		return s.revokeSession(ctx, r.ID, r.Token.String(), until, nonce, reason)
	case session.KindSubject:
		return s.revokeSubject(ctx, r, until, nonce, reason)
	default: // KindAll: Validate lets no other kind pass
		return s.revokeAll(ctx, until, nonce)
	}
}

func (s *Store) revokeSession(ctx context.Context, id session.ID, token string, until int64, nonce, reason string) (int, error) {
	if !s.has(id) {
		return 0, nil
	}
	return s.endOne(ctx, id.Shard(), id, token, until, nonce, reason)
}

// endOne ends one session or one token, and takes the session out of its subject's list.
func (s *Store) endOne(ctx context.Context, n uint8, id session.ID, token string, until int64, nonce, reason string) (int, error) {
	sh := &s.shards[n]
	rep, err := s.run(ctx, revokeSessionScript, n, []string{sh.session(id.String())},
		id.String(), created(id), sh.lists(), token, until, nonce, reason)
	if err != nil {
		return 0, err
	}
	if subject := rep.text(5); rep.int(4) == 0 && subject != "" {
		// The script could not: a slot is being moved.
		err = s.single(ctx, n, "zrem", sh.list(subject), id.String())
	}
	return int(rep.int(3)), err
}

// window holds the creation times, in ms, of the sessions that one shard's new cut-off ended:
// later than after, not later than until.
type window struct{ after, until int64 }

func (s *Store) revokeAll(ctx context.Context, until int64, nonce string) (int, error) {
	windows := make([]window, len(s.shards))
	err := s.eachShard(func(n uint8) error {
		rep, err := s.run(ctx, revokeAllScript, n, nil, until, nonce)
		windows[n] = window{after: rep.int(4), until: rep.int(3)}
		return err
	})
	if err != nil {
		return 0, err
	}
	return s.sweep(ctx, windows), nil
}

// none stands for no session in a cut-off.
const none = "-"

func idOrNone(id session.ID) string {
	if id == (session.ID{}) {
		return none
	}
	return id.String()
}
