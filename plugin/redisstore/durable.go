package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// errReplicas: the master has done the step, but too few replicas have it yet.
var errReplicas = errors.New("the revocation has not reached enough replicas")

// evalDurably sends a script and has its master wait, on the same connection, until
// enough replicas have what it wrote. The SET in between makes this connection one that
// has written even where the script found everything done: WAIT answers for the
// connection's own writes, and at once if there are none.
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
