package redisstore

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// State returns the state of a shard's log. LogState.Server is the replication id of the master
// that keeps the shard, or empty if Redis does not reveal it.
func (s *Store) State(ctx context.Context, shard int) (session.LogState, error) {
	n, err := s.shardNumber(shard)
	if err != nil {
		return session.LogState{}, err
	}
	ctx, cancel := s.budget(ctx)
	defer cancel()
	st, err := try(ctx, s, n, func(ctx context.Context) (session.LogState, error) {
		return s.askState(ctx, n)
	})
	if err == nil {
		err = s.judgeEpoch(ctx, n, st.Epoch)
	}
	if err != nil {
		return session.LogState{}, err
	}
	return st, nil
}

func (s *Store) shardNumber(shard int) (uint8, error) {
	if shard < 0 || shard >= len(s.shards) {
		return 0, fmt.Errorf("redisstore: no shard %d; want 0 to %d", shard, len(s.shards)-1)
	}
	return uint8(shard), nil
}

// askState reads the shard's two keys, each in commands of its own, so that both can be read
// while the slot is being moved. The server is asked for its name afterwards: if another one
// takes over in between, its name is the new one, and the log is read again.
func (s *Store) askState(ctx context.Context, n uint8) (session.LogState, error) {
	sh := &s.shards[n]
	pipe := s.rdb.Pipeline()
	hash := pipe.HMGet(ctx, sh.hash(), "e", "h")
	stream := pipe.XInfoStream(ctx, sh.log())
	oldest := pipe.XRangeN(ctx, sh.log(), "-", "+", 1)
	var proof *redis.IntCmd
	if sh.writes.refused() { // an answer proves nothing if the server takes no writes
		proof = pipe.HDel(ctx, sh.hash(), "-")
	}
	name := pipe
	if _, cluster := s.rdb.(*redis.ClusterClient); cluster {
		if err := exec(ctx, pipe); err != nil {
			return session.LogState{}, err
		}
		server, err := s.server(ctx, sh.hash())
		if err != nil {
			return session.LogState{}, err
		}
		name = server.Pipeline()
	}
	now := name.Time(ctx)
	info := name.Info(ctx, "replication")
	if err := exec(ctx, name); err != nil {
		return session.LogState{}, err
	}
	for _, cmd := range []redis.Cmder{hash, now, oldest} {
		if err := cmd.Err(); err != nil {
			return session.LogState{}, err
		}
	}
	if proof != nil {
		sh.writes.note(proof.Err(), time.Now(), s.life)
		if err := proof.Err(); err != nil {
			return session.LogState{}, err
		}
	}
	sh.clock.observe(now.Val().UnixMicro())
	st := s.logState(hash.Val(), info.Val(), now.Val())
	if err := stream.Err(); err != nil {
		if strings.Contains(err.Error(), "no such key") { // Redis has no error code for it
			return st, nil // the shard is not open
		}
		return session.LogState{}, err
	}
	return st, readStream(&st, stream.Val(), oldest.Val())
}

// logState is what the fields e and h of a shard's hash, the server's INFO and its clock say about
// the log. The clock is not the estimate of it: that may be ahead of a server that took over.
func (s *Store) logState(fields []any, info string, now time.Time) session.LogState {
	if s.fakeNow != nil {
		now = s.fakeNow()
	}
	facts := reply(fields)
	st := session.LogState{Epoch: facts.text(0), Server: infoFields(info)["master_replid"], Now: now, Doubt: s.life}
	if until := facts.int(1); until > 0 {
		st.Restoring = time.UnixMilli(until)
	}
	return st
}

// exec sends a pipeline. Each reply is judged by itself: a missing stream and a refused INFO
// are answers too.
func exec(ctx context.Context, pipe redis.Pipeliner) error {
	if _, err := pipe.Exec(ctx); err != nil && !answered(err) {
		return err
	}
	return nil
}

// server returns where to send commands without a key that must reach the master of a key.
func (s *Store) server(ctx context.Context, key string) (redis.Cmdable, error) {
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		return c.MasterForKey(ctx, key)
	}
	return s.rdb, nil
}

func readStream(st *session.LogState, stream *redis.XInfoStream, oldest []redis.XMessage) (err error) {
	st.Length = stream.Length
	if stream.LastGeneratedID == "" { // miniredis: nothing was ever added
		return nil
	}
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
