package redisstore

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
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
	_, _ = within(ctx, 2*s.timeout, func(ctx context.Context) (struct{}, error) {
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
		keys, next, err := rdb.Scan(ctx, cursor, s.prefix+":{*}:s:*", sweepBatch).Result()
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
	texts := make([]*redis.StringCmd, len(keys))
	for i, key := range keys {
		texts[i] = read.Get(ctx, key)
	}
	if err := exec(ctx, read); err != nil {
		return err
	}
	drop := rdb.Pipeline()
	for i, key := range keys {
		n, ok := s.shardOfKey(key)
		r, err := parseRecord(texts[i].Val())
		if !ok || err != nil || r.ended || r.created > windows[n].until {
			continue
		}
		drop.Unlink(ctx, key)
		if r.created > windows[n].after && s.ms(n)-r.created < r.idle {
			count.Add(1)
		}
	}
	_, err := drop.Exec(ctx)
	return err
}

// shardOfKey returns the shard of a session's key. SCAN also finds other keys: of lists whose
// subject looks like the end of one, and of other programs.
func (s *Store) shardOfKey(key string) (uint8, bool) {
	anyTime := strings.Repeat("A", timeText) // the key has none
	id, err := session.ParseID(anyTime + key[max(0, len(key)-tailText):])
	if err != nil || !s.has(id) || key != s.shards[id.Shard()].session(id.String()) {
		return 0, false
	}
	return id.Shard(), true
}
