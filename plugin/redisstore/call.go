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

// movePause is the first pause before a step is tried again that a Cluster could not run
// because a slot is being moved. Each pause is twice as long as the one before.
const movePause = 2 * time.Millisecond

// budget limits a whole call.
func (s *Store) budget(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 2*s.timeout)
}

// try runs f, which talks to Redis about a shard, each time for at most the store's timeout.
// It tries once more after a failure on the way, and goes on trying until ctx ends while the
// shard's slot is being moved. Another error reply is final.
func try[T any](ctx context.Context, s *Store, n uint8, f func(context.Context) (T, error)) (T, error) {
	for again, pause := true, movePause; ; {
		v, err := within(ctx, s.timeout, f)
		switch {
		case err == nil:
			return v, nil
		case errors.Is(err, ErrShards), errors.Is(err, ErrForm), errors.Is(err, session.ErrUnavailable):
			return v, err
		case s.misplaced(err):
			return v, s.placed(err)
		case moving(err):
			if !sleep(ctx, pause) {
				return v, unavailable(err)
			}
			pause *= 2
			continue
		case answered(err):
			return v, unavailable(err)
		}
		s.shards[n].clock.forget() // the next answer may come from another server
		redisx.Reload(s.rdb)
		if !again || ctx.Err() != nil {
			return v, unavailable(err)
		}
		again = false
	}
}

// moving reports an answer that a Cluster gives only while a slot is being moved, or until
// the client has learned where it is.
func moving(err error) bool {
	return redis.HasErrorPrefix(err, "TRYAGAIN") || redis.HasErrorPrefix(err, "ASK") || redis.HasErrorPrefix(err, "MOVED")
}

// answered reports whether the error is an answer of the server, and not a failure on the way.
func answered(err error) bool {
	var said redis.Error
	return errors.As(err, &said)
}

// sleep waits in real time. It returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// within runs f for at most d.
func within[T any](ctx context.Context, d time.Duration, f func(context.Context) (T, error)) (T, error) {
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
