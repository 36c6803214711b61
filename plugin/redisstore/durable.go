package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// errReplicas means that the master has taken the step, but too few replicas have confirmed
// it.
var errReplicas = errors.New("the revocation is in effect, but too few replicas have confirmed it (Options.WaitReplicas)")

// evalDurably sends a script and makes its master wait, on the same connection, until enough
// replicas have confirmed what it wrote. WAIT covers the writes of its own connection, and
// returns at once if there are none. The HSET in between is such a write, for scripts that had
// nothing left to write; HDEL lets it through on a full server.
func (s *Store) evalDurably(ctx context.Context, sc script, keys []string, argv []any) ([]any, error) {
	server, err := s.server(ctx, keys[0])
	if err != nil {
		return nil, err
	}
	v, err := s.sendDurably(ctx, server, keys[0], command(ctx, "evalsha", sc.Hash(), keys, argv))
	if noScript(err) {
		v, err = s.sendDurably(ctx, server, keys[0], command(ctx, "eval", sc.text, keys, argv))
	}
	return v, err
}

func (s *Store) sendDurably(ctx context.Context, server redis.Cmdable, hash string, reply *redis.Cmd) ([]any, error) {
	pipe := server.Pipeline()
	_ = pipe.Process(ctx, reply) // only queues
	pipe.HDel(ctx, hash, "-")
	pipe.HSet(ctx, hash, "p", s.override())
	reached := pipe.Do(ctx, "WAIT", s.replicas, (s.timeout / 2).Milliseconds())
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	n, err := reached.Int()
	if err != nil {
		return nil, err
	}
	if n < s.replicas {
		return nil, fmt.Errorf("%w: %d of %d", errReplicas, n, s.replicas)
	}
	return reply.Slice()
}
