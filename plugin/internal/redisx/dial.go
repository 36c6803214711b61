package redisx

import (
	"context"
	"net"
	"os"
	"time"

	"github.com/redis/go-redis/v9"
)

type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// lateDial limits a dial that nobody waits for any more.
const lateDial = time.Minute

// promptly makes a dialer end with its context. go-redis's own does not during a TLS handshake,
// and has the time limit of the options that it was made from. A connection that comes later is
// closed. The error is a time-out of the network, which go-redis tries again after, and not the
// context's, which it does not.
//
// With late, the dialer itself goes on in the background. That is for go-redis's dialer behind
// Sentinel, which asks a sentinel first and, if the context ends while that one is silent, asks
// the same one the next time, and so for ever. With more time it turns to another.
func promptly(dial dialer, late bool) dialer {
	type result struct {
		conn net.Conn
		err  error
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		done := make(chan result)
		go func() {
			within := ctx
			if late {
				var cancel context.CancelFunc
				within, cancel = context.WithTimeout(context.WithoutCancel(ctx), lateDial)
				defer cancel()
			}
			conn, err := dial(within, network, addr)
			select {
			case done <- result{conn, err}:
			case <-ctx.Done():
				if err == nil {
					_ = conn.Close()
				}
			}
		}()
		select {
		case r := <-done:
			return r.conn, r.err
		case <-ctx.Done():
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		}
	}
}

// behindSentinel reports whether redis.NewFailoverClient made the client.
func behindSentinel(c *redis.Client) bool { return c.Options().Addr == "FailoverClient" }

// lateDialling is a hook that makes a client leave a silent sentinel, see [promptly].
type lateDialling struct{}

func (lateDialling) DialHook(next redis.DialHook) redis.DialHook { return promptly(next, true) }

func (lateDialling) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (lateDialling) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
