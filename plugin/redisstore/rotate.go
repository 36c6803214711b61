package redisstore

import (
	"context"
	"math"
	"time"

	"github.com/redis/go-redis/v9"

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
	n := r.ID.Shard()
	sh := &s.shards[n]
	rep, err := s.run(ctx, rotateScript, n, []string{sh.session(r.ID.String())},
		r.ID.String(), created(r.ID), sh.lists(), r.Generation, redisx.Nonce(), r.IdleTTL.Milliseconds(),
		r.Grace.Milliseconds(), session.LateRetry.Milliseconds(), ceilSecond(r.TokenEnd), report,
		client(r.IP, r.UserAgent), session.MaxLateRetries)
	if err != nil {
		return session.Rotated{}, err
	}
	out := session.Rotated{Outcome: session.Outcome(rep.int(3)), Now: time.UnixMilli(rep.int(2))}
	if out.Outcome == session.OutcomeGone {
		return out, nil
	}
	rec, err := parseRecord(rep.text(4))
	if err == nil {
		out.Session, err = rec.session(r.ID)
	}
	if err == nil && rep.int(5) == 0 {
		err = s.relist(ctx, n, out)
	}
	if err != nil {
		return session.Rotated{}, err
	}
	return out, nil
}

// relist brings the subject's list up to date where rotate.lua could not, because a slot is
// being moved. The list only orders and counts sessions, so this may come a moment later.
func (s *Store) relist(ctx context.Context, n uint8, r session.Rotated) error {
	list, id := s.shards[n].list(r.Session.Subject), r.Session.ID.String()
	if r.Outcome == session.OutcomeReused {
		return s.single(ctx, n, "zrem", list, id)
	}
	return s.single(ctx, n, "zadd", list, "xx", r.Session.IdleAt.UnixMilli(), id)
}

// single sends a command about one key of a shard.
func (s *Store) single(ctx context.Context, n uint8, args ...any) error {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	_, err := try(ctx, s, n, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.ask(ctx, n, &question{cmd: redis.NewCmd(ctx, args...)})
	})
	return err
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
