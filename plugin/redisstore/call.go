package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// keepsDeadlines reports whether the client ends a call when the context's
// deadline comes, even while it waits for a reply.
func keepsDeadlines(rdb redis.UniversalClient) bool {
	switch c := rdb.(type) {
	case *redis.Client:
		return c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return c.Options().ContextTimeoutEnabled
	}
	return false
}

// budget bounds a whole call.
func (s *Store) budget(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*s.timeout)
}

// try runs f, which talks to Redis, at most twice, for at most the store's timeout
// each. Only what went wrong on the way is tried again, not what the server said.
func try[T any](ctx context.Context, s *Store, f func(context.Context) (T, error)) (T, error) {
	for again := true; ; again = false {
		v, err := bounded(ctx, s.timeout, s.prompt, f)
		if err == nil {
			return v, nil
		}
		s.suspect()
		var said redis.Error
		if !again || ctx.Err() != nil || errors.As(err, &said) {
			return v, unavailable(err)
		}
	}
}

// bounded runs f and gives up on time. A prompt f keeps to the deadline by itself;
// any other goes on in the background, and what it brings home is dropped.
func bounded[T any](ctx context.Context, d time.Duration, prompt bool, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if prompt {
		return f(ctx)
	}
	type result struct {
		v   T
		err error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f(ctx)
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return r.v, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// suspect has a Cluster client look at the topology again after an error: by
// itself it would go on asking a dead master for up to a minute. The client
// makes at most five such looks a second.
func (s *Store) suspect() {
	if c, ok := s.rdb.(*redis.ClusterClient); ok {
		c.ReloadState(context.Background())
	}
}

func unavailable(cause error) error {
	return fmt.Errorf("redisstore: %w: %w", session.ErrUnavailable, cause)
}
