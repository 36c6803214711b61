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
// returns at once if there are none. The SET in between is such a write, for scripts that had
// nothing left to write.
func (s *Store) evalDurably(ctx context.Context, script *redis.Script, base string, argv []any) ([]any, error) {
	server, err := s.server(ctx, base)
	if err != nil {
		return nil, err
	}
	v, err := s.sendDurably(ctx, server, base, func(pipe redis.Pipeliner) *redis.Cmd {
		return script.EvalSha(ctx, pipe, []string{base}, argv...)
	})
	if errors.Is(err, redis.ErrNoScript) {
		v, err = s.sendDurably(ctx, server, base, func(pipe redis.Pipeliner) *redis.Cmd {
			return script.Eval(ctx, pipe, []string{base}, argv...)
		})
	}
	return v, err
}

func (s *Store) sendDurably(ctx context.Context, server redis.Cmdable, base string, eval func(redis.Pipeliner) *redis.Cmd) ([]any, error) {
	pipe := server.Pipeline()
	reply := eval(pipe)
	pipe.Set(ctx, base+":ping", "", s.timeout)
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
