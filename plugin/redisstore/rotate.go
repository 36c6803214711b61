package redisstore

import (
	"context"
	"math"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// Rotate presents a refresh generation; [session.Outcome] has the rules. An impossible id or
// generation (0 or the largest uint32) is session.OutcomeGone.
func (s *Store) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	if !s.has(r.ID) || r.Generation == 0 || r.Generation == math.MaxUint32 {
		return s.gone(ctx)
	}
	report := 0
	if r.ReportReuse {
		report = 1
	}
	args := []any{
		r.ID.String(), r.Generation, redisx.Nonce(), r.IdleTTL.Milliseconds(), r.Grace.Milliseconds(),
		session.LateRetry.Milliseconds(), r.Retain.Milliseconds(), report,
	}
	rep, err := s.run(ctx, rotateScript, r.ID.Shard(), append(args, device(r.IP, r.UserAgent)...)...)
	if err != nil {
		return session.Rotated{}, err
	}
	rotated := session.Rotated{
		Outcome: session.Outcome(rep.int(3)),
		Now:     time.UnixMilli(rep.int(2)),
	}
	if rotated.Outcome != session.OutcomeGone {
		rotated.Session, err = decode(r.ID, rep.hash(4))
	}
	return rotated, err
}

// gone answers without reading the session, but with the store's clock.
func (s *Store) gone(ctx context.Context) (session.Rotated, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	if err := s.ready(ctx, 0); err != nil {
		return session.Rotated{}, err
	}
	return session.Rotated{Outcome: session.OutcomeGone, Now: s.now(0)}, nil
}
