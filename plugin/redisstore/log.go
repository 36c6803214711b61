package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// State returns the state of a shard's log. LogState.Server is the replication id of the master
// that keeps it, or empty if Redis does not reveal it.
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
		return 0, fmt.Errorf("redisstore: no shard %d; want 0 to %d", shard, len(s.shards)-1)
	}
	return uint8(shard), nil
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
	// Each reply is judged by itself: a missing stream, a missing epoch and a refused INFO are
	// answers too.
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
		Server: infoFields(info.Val())["master_replid"],
		Now:    s.now(n),
	}
	if err := stream.Err(); err != nil {
		if strings.Contains(err.Error(), "no such key") { // Redis has no error code for it
			return st, nil // nothing was revoked so far
		}
		return session.LogState{}, err
	}
	return st, readStream(&st, stream.Val(), oldest.Val())
}

// server returns where to send commands without a key that must reach the master of a key.
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
		// The counter of Redis 7 proves that nothing was ever dropped.
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
