package redisstore

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// Get returns a live session, or [session.ErrNotFound].
func (s *Store) Get(ctx context.Context, id session.ID) (session.Session, error) {
	r, err := s.read(ctx, id)
	if err != nil {
		return session.Session{}, err
	}
	if !r.live(id, s.ms(id.Shard())) {
		return session.Session{}, session.ErrNotFound
	}
	// The cut-offs are read afterwards: a session that one of them ends meanwhile is not found.
	all, own, err := s.cutoffs(ctx, id.Shard(), r.subject)
	if err != nil {
		return session.Session{}, err
	}
	if p := (session.Probe{ID: id, Subject: r.subject}); all.covers(p) || own.covers(p) {
		return session.Session{}, session.ErrNotFound
	}
	return r.session(id)
}

// read returns what Redis has under a session's key, a tombstone if it has nothing.
func (s *Store) read(ctx context.Context, id session.ID) (record, error) {
	if !s.has(id) {
		return record{ended: true}, nil
	}
	records, err := s.readAll(ctx, id.Shard(), []session.ID{id})
	if err != nil {
		return record{}, err
	}
	return records[0], nil
}

// readAll reads sessions of one shard.
func (s *Store) readAll(ctx context.Context, n uint8, ids []session.ID) ([]record, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	if err := s.ready(ctx, n); err != nil {
		return nil, err
	}
	records := make([]record, 0, len(ids))
	for piece := range slices.Chunk(ids, maxBatch) {
		questions, err := try(ctx, s, n, func(ctx context.Context) ([]*question, error) {
			var questions []*question
			for _, id := range piece {
				cmd := redis.NewStringCmd(ctx, "get", s.shards[n].session(id.String()))
				questions = append(questions, &question{cmd: cmd, check: &check{}})
			}
			return questions, s.askAll(ctx, n, questions)
		})
		if err != nil {
			return nil, err
		}
		for _, q := range questions {
			if err := s.judgeEpoch(ctx, n, q.check.epoch); err != nil {
				return nil, err
			}
			cmd, _ := q.cmd.(*redis.StringCmd)
			r, err := parseRecord(cmd.Val())
			if err != nil {
				return nil, err
			}
			records = append(records, r)
		}
	}
	return records, nil
}

// cutoffs reads the cut-offs that cover a subject.
func (s *Store) cutoffs(ctx context.Context, n uint8, subject string) (all, own cutoff, err error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	if err := s.ready(ctx, n); err != nil {
		return all, own, err
	}
	texts, err := try(ctx, s, n, func(ctx context.Context) ([]any, error) {
		cmd := redis.NewSliceCmd(ctx, "hmget", s.shards[n].hash(), "e", "a", cutoffField(subject))
		if err := s.ask(ctx, n, &question{cmd: cmd}); err != nil {
			return nil, err
		}
		return cmd.Result()
	})
	facts := reply(texts)
	if err == nil {
		err = s.judgeEpoch(ctx, n, facts.text(0))
	}
	return readCutoff(facts.text(1)), readCutoff(facts.text(2)), err
}

// Confirm records that tokens of these generations were seen in use, one session after the
// other. After an error any of them may have been recorded.
func (s *Store) Confirm(ctx context.Context, uses []session.Use) error {
	byShard := make(map[uint8][]session.Use)
	for _, u := range uses {
		if s.has(u.ID) {
			byShard[u.ID.Shard()] = append(byShard[u.ID.Shard()], u)
		}
	}
	return s.eachShard(func(n uint8) error {
		return s.all(len(byShard[n]), func(i int) error {
			u := byShard[n][i]
			_, err := s.send(ctx, confirmScript, n, []string{s.shards[n].session(u.ID.String())}, []any{created(u.ID), u.Generation})
			return err
		})
	})
}
