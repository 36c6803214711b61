package redisstore

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// sweepBatch is the number of keys that a sweep reads at once.
const sweepBatch = 1000

// sweep deletes the sessions that a revocation of all has ended, and counts those that were
// alive until then. They are dead already, so a sweep that runs out of time, or fails, affects
// only the count.
func (s *Store) sweep(ctx context.Context, windows []window) int {
	var count atomic.Int64
	scan := func(ctx context.Context, rdb redis.Cmdable) error {
		return s.sweepServer(ctx, rdb, windows, &count)
	}
	_, _ = bounded(ctx, s, 2*s.timeout, func(ctx context.Context) (struct{}, error) {
		if c, ok := s.rdb.(*redis.ClusterClient); ok {
			return struct{}{}, c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
				return scan(ctx, node)
			})
		}
		return struct{}{}, scan(ctx, s.rdb)
	})
	return int(count.Load())
}

func (s *Store) sweepServer(ctx context.Context, rdb redis.Cmdable, windows []window, count *atomic.Int64) error {
	var cursor uint64
	for {
		keys, next, err := rdb.Scan(ctx, cursor, s.prefix+":{*}:session:*", sweepBatch).Result()
		if err != nil {
			return err
		}
		slices.Sort(keys) // SCAN may name a key twice
		if err := s.sweepKeys(ctx, rdb, slices.Compact(keys), windows, count); err != nil {
			return err
		}
		if next == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		cursor = next
	}
}

func (s *Store) sweepKeys(ctx context.Context, rdb redis.Cmdable, keys []string, windows []window, count *atomic.Int64) error {
	read := rdb.Pipeline()
	hashes := make([]*redis.SliceCmd, len(keys))
	for i, key := range keys {
		hashes[i] = read.HMGet(ctx, key, "g", "c", "i")
	}
	if _, err := read.Exec(ctx); err != nil {
		return err
	}
	drop := rdb.Pipeline()
	for i, key := range keys {
		n, ok := s.shardOfKey(key)
		h := reply(hashes[i].Val())
		if !ok || h.text(0) == "" || h.int(1) > windows[n].until {
			continue
		}
		drop.Unlink(ctx, key)
		if h.int(1) > windows[n].after && s.now(n).UnixMilli() < h.int(2) {
			count.Add(1)
		}
	}
	_, err := drop.Exec(ctx)
	return err
}

// shardOfKey reads n in "<prefix>:{n}:session:<tail>".
func (s *Store) shardOfKey(key string) (uint8, bool) {
	rest := strings.TrimPrefix(key, s.prefix+":{")
	number, _, ok := strings.Cut(rest, "}")
	n, err := strconv.ParseUint(number, 10, 8)
	return uint8(n), ok && err == nil && int(n) < len(s.shards)
}
