package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

// keepsDeadlines reports whether the client ends a call at the context's deadline, even
// while it waits for a reply.
func keepsDeadlines(rdb redis.UniversalClient) bool {
	switch c := rdb.(type) {
	case *redis.Client:
		return c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return c.Options().ContextTimeoutEnabled
	}
	return false
}

// budget limits a whole call.
func (s *Store) budget(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*s.timeout)
}

// try runs f, which talks to Redis, at most twice, each time for at most the store's
// timeout. It tries again only after a failure on the way, not after an error reply.
func try[T any](ctx context.Context, s *Store, f func(context.Context) (T, error)) (T, error) {
	for again := true; ; again = false {
		v, err := bounded(ctx, s, s.timeout, f)
		if err == nil {
			return v, nil
		}
		redisx.Reload(s.rdb)
		var said redis.Error
		if !again || ctx.Err() != nil || errors.As(err, &said) {
			return v, unavailable(err)
		}
	}
}

// bounded runs f for at most d. It needs a goroutine only with a client that does not keep
// deadlines.
func bounded[T any](ctx context.Context, s *Store, d time.Duration, f func(context.Context) (T, error)) (T, error) {
	if !s.prompt {
		return redisx.Bounded(ctx, d, f)
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return f(ctx)
}

// unavailable wraps a failure. A closed client is told from a server that does not answer.
func unavailable(cause error) error {
	if errors.Is(cause, redis.ErrClosed) {
		return fmt.Errorf("redisstore: %w: %w", session.ErrClosed, cause)
	}
	return fmt.Errorf("redisstore: %w: %w", session.ErrUnavailable, cause)
}
