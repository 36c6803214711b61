package redisstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// State tells where a shard's log stands. Server is the replication id of the
// master that keeps it, empty if Redis does not say.
func (s *Store) State(ctx context.Context, shard int) (session.LogState, error) {
	n, err := s.shardNumber(shard)
	if err != nil {
		return session.LogState{}, err
	}
	ctx, cancel := s.budget(ctx)
	defer cancel()
	st, err := try(ctx, s, func(ctx context.Context) (session.LogState, error) {
		return s.askState(ctx, n)
	})
	if err != nil {
		return session.LogState{}, err
	}
	if !s.ours(st.Epoch) {
		return session.LogState{}, ErrShards
	}
	return st, nil
}

func (s *Store) shardNumber(shard int) (uint8, error) {
	if shard < 0 || shard >= len(s.shards) {
		return 0, fmt.Errorf("redisstore: no shard %d", shard)
	}
	return uint8(shard), nil //nolint:gosec // at most 256 shards
}

func (s *Store) askState(ctx context.Context, n uint8) (session.LogState, error) {
	base := s.shards[n].base
	server, err := s.server(ctx, base)
	if err != nil {
		return session.LogState{}, err
	}
	pipe := server.Pipeline()
	now := pipe.Time(ctx)
	epoch := pipe.Get(ctx, base+":epoch")
	stream := pipe.XInfoStream(ctx, base+":log")
	oldest := pipe.XRangeN(ctx, base+":log", "-", "+", 1)
	info := pipe.Info(ctx, "replication")
	// What one of them says is judged by itself: no stream, no epoch and no right to
	// INFO are answers.
	if _, err := pipe.Exec(ctx); err != nil && !isAnswer(err) {
		return session.LogState{}, err
	}
	for _, cmd := range []redis.Cmder{now, oldest} {
		if err := cmd.Err(); err != nil {
			return session.LogState{}, err
		}
	}
	if err := epoch.Err(); err != nil && !errors.Is(err, redis.Nil) {
		return session.LogState{}, err
	}
	s.shards[n].clock.observe(now.Val().UnixMilli())
	st := session.LogState{
		Epoch:  epoch.Val(),
		Server: replicationID(info.Val()),
		Now:    s.now(n),
	}
	if stream.Err() != nil {
		return st, nil // there is no stream: nothing was ever revoked
	}
	return st, readStream(&st, stream.Val(), oldest.Val())
}

// server is where commands without a key go, if they are to reach the master that
// keeps a key.
func (s *Store) server(ctx context.Context, key string) (redis.Cmdable, error) {
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, key)
	}
	return s.rdb, nil
}

func isAnswer(err error) bool {
	var said redis.Error
	return errors.As(err, &said)
}

func readStream(st *session.LogState, stream *redis.XInfoStream, oldest []redis.XMessage) (err error) {
	st.Length = stream.Length
	if st.Last, err = parsePosition(stream.LastGeneratedID); err != nil {
		return err
	}
	switch {
	case stream.EntriesAdded == stream.Length && stream.Length > 0:
		// Redis 7 counts: nothing was ever dropped.
	case len(oldest) == 0:
		st.Trimmed = st.Last
	default:
		first, err := parsePosition(oldest[0].ID)
		if err != nil {
			return err
		}
		st.Trimmed = predecessor(first)
	}
	return nil
}

func predecessor(p session.Position) session.Position {
	if p.Seq > 0 {
		return session.Position{MS: p.MS, Seq: p.Seq - 1}
	}
	return session.Position{MS: p.MS - 1, Seq: math.MaxUint64}
}

func replicationID(info string) string {
	for lines := bufio.NewScanner(strings.NewReader(info)); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "master_replid:"); ok {
			return strings.TrimSpace(id)
		}
	}
	return ""
}

// restoreBatch is how many entries one step restores.
const restoreBatch = 500

// Restore puts back entries: one step for every 500 of them.
func (s *Store) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	n, err := s.shardNumber(shard)
	if err != nil {
		return err
	}
	var args []any
	for i, e := range entries {
		a, err := restoreArgs(e)
		if err != nil {
			return err
		}
		args = append(args, a...)
		if (i+1)%restoreBatch == 0 || i == len(entries)-1 {
			if _, err := s.run(ctx, restoreScript, n, args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	return nil
}

// maxWait is the longest that Read holds a connection: a blocked read hears of
// nothing else, and a dead server says nothing at all.
const maxWait = 2 * time.Second

// Read returns entries after a position. A wait goes on for 2 s at most, on a
// connection of the store's own, and ends with the context. Entries of another
// form than this version writes are passed over as unknown.
func (s *Store) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	n, err := s.shardNumber(shard)
	if err != nil || limit <= 0 {
		return nil, after, err
	}
	args := &redis.XReadArgs{
		Streams: []string{s.shards[n].base + ":log", formatPosition(after)},
		Count:   int64(limit),
		Block:   -1,
	}
	var messages []redis.XMessage
	if wait > 0 {
		messages, err = s.blockingRead(ctx, args, min(wait, maxWait))
	} else {
		ctx, cancel := s.budget(ctx)
		defer cancel()
		messages, err = try(ctx, s, func(ctx context.Context) ([]redis.XMessage, error) {
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
