package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// cleanPiece is the number of ended sessions that are cleaned at once.
const cleanPiece = 100

// revokeSubject writes the cut-off, which ends the sessions, then counts and cleans them.
func (s *Store) revokeSubject(ctx context.Context, r session.Revocation, until int64, nonce, reason string) (int, error) {
	n := s.shardOf(r.Subject)
	whole := ctx
	ctx, cancel := s.budget(ctx)
	defer cancel()
	rep, err := s.run(ctx, revokeSubjectScript, n, nil, r.Subject, idOrNone(r.Except), until, nonce, reason)
	if err != nil {
		return 0, err
	}
	now, at, until := rep.int(2), rep.int(3), rep.int(4)
	count, err := s.detach(ctx, n, r.Subject, now, at, rep.int(5), nonce)
	if err != nil {
		return 0, err
	}
	ctx, done := context.WithTimeout(whole, s.timeout)
	defer done()
	if s.clean(ctx, n, r.Subject, reason, time.Unix(until, 0).Sub(time.UnixMilli(now))) == nil {
		_, _ = s.run(ctx, sweptScript, n, nil, r.Subject, nonce, until, at)
	}
	return count, nil
}

// detach counts the sessions that a cut-off has ended, and sets them aside for cleaning. now is
// when it was made, at its time, before that of the previous one, all in ms. A subject without a list needs no step: while its slot moves, a Cluster would
// not run the script for keys that do not exist.
func (s *Store) detach(ctx context.Context, n uint8, subject string, now, at, before int64, nonce string) (int, error) {
	sh := &s.shards[n]
	budget, cancel := s.budget(ctx)
	defer cancel()
	left, err := try(budget, s, n, func(ctx context.Context) (int64, error) {
		list := redis.NewIntCmd(ctx, "exists", sh.list(subject))
		ended := redis.NewIntCmd(ctx, "exists", sh.ended(subject))
		for _, cmd := range []*redis.IntCmd{list, ended} {
			if err := s.ask(ctx, n, &question{cmd: cmd}); err != nil {
				return 0, err
			}
		}
		return list.Val() + ended.Val(), nil
	})
	if err != nil || left == 0 {
		return 0, err
	}
	rep, err := s.run(ctx, detachScript, n, []string{sh.list(subject), sh.ended(subject)}, subject, now, at, before, nonce)
	return int(rep.int(3)), err
}

// clean deletes the sessions that were set aside, and keeps how they ended for a while. The
// error says that some may be left.
func (s *Store) clean(ctx context.Context, n uint8, subject, reason string, keep time.Duration) error {
	keep = max(keep, 0) + session.Afterlife
	ended := s.shards[n].ended(subject)
	for {
		ids, err := try(ctx, s, n, func(ctx context.Context) ([]string, error) {
			cmd := redis.NewStringSliceCmd(ctx, "zrange", ended, 0, cleanPiece-1)
			if err := s.ask(ctx, n, &question{cmd: cmd}); err != nil {
				return nil, err
			}
			return cmd.Result()
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.bury(ctx, n, ids, reason, keep); err != nil {
			return err
		}
		args := []any{"zrem", ended}
		for _, id := range ids {
			args = append(args, id)
		}
		if err := s.single(ctx, n, args...); err != nil {
			return err
		}
	}
}

func (s *Store) bury(ctx context.Context, n uint8, texts []string, reason string, keep time.Duration) error {
	return s.all(len(texts), func(i int) error {
		id, err := session.ParseID(texts[i])
		if err != nil {
			return nil //nolint:nilerr // the mark of the list, no session
		}
		_, err = s.send(ctx, buryScript, n, []string{s.shards[n].session(texts[i])}, []any{created(id), reason, keep.Milliseconds()})
		return err
	})
}
