package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// maxWait limits how long Read blocks a connection: a blocked read notices neither a cancelled
// context nor a dead server.
const maxWait = 2 * time.Second

// Read returns entries after a position. It waits for at most 2 s, on a connection of the
// store's own, and stops waiting when the context ends. Entries in a form that this version does
// not know are skipped.
func (s *Store) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	n, err := s.shardNumber(shard)
	if err != nil || limit <= 0 {
		return nil, after, err
	}
	args := &redis.XReadArgs{
		Streams: []string{s.shards[n].log(), formatPosition(after)},
		Count:   int64(limit),
		Block:   -1,
	}
	var messages []redis.XMessage
	if wait > 0 {
		messages, err = s.blockingRead(ctx, args, min(wait, maxWait, s.life))
	} else {
		ctx, cancel := s.budget(ctx)
		defer cancel()
		messages, err = try(ctx, s, n, func(ctx context.Context) ([]redis.XMessage, error) {
			return xread(ctx, s.rdb, args)
		})
	}
	if err != nil {
		return nil, after, err
	}
	return readMessages(n, messages, after)
}

func xread(ctx context.Context, rdb redis.Cmdable, args *redis.XReadArgs) ([]redis.XMessage, error) {
	streams, err := rdb.XRead(ctx, args).Result()
	if errors.Is(err, redis.Nil) || err == nil && len(streams) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return streams[0].Messages, nil
}

func readMessages(n uint8, messages []redis.XMessage, after session.Position) ([]session.Entry, session.Position, error) {
	entries := make([]session.Entry, 0, len(messages))
	for _, m := range messages {
		pos, err := parsePosition(m.ID)
		if err != nil {
			return nil, after, unavailable(err)
		}
		if e, ok := readEntry(n, m.Values); ok {
			entries = append(entries, e)
		}
		after = pos
	}
	return entries, after, nil
}

// blockingRead waits for messages. It returns at once when the context ends; the read itself
// then goes on in the background, for at most 2 s and a time-out.
func (s *Store) blockingRead(ctx context.Context, args *redis.XReadArgs, wait time.Duration) ([]redis.XMessage, error) {
	rdb, err := s.follower()
	if err != nil {
		return nil, err
	}
	args.Block = max(wait, time.Millisecond) // less would be 0 on the wire, which means without limit
	messages, err := redisx.Bounded(ctx, wait+s.timeout, func(ctx context.Context) ([]redis.XMessage, error) {
		return xread(ctx, rdb, args)
	})
	if err != nil {
		redisx.Reload(rdb)
		return nil, unavailable(err)
	}
	return messages, nil
}
