package throttle

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

// ErrUnavailable means that Redis gave no answer. Refuse the attempt: it may be one too many.
// A failure may or may not have been recorded.
var ErrUnavailable = errors.New("throttle: unavailable")

// redisTimeout limits a whole Begin or End.
const redisTimeout = time.Second

// RedisLimiter counts in Redis, so that all nodes share the counts. Make it with [Redis]. It
// is safe for concurrent use.
//
// Time is the server's. Each name, address or user has one key, a sorted set of its failures or
// uses, which expires when the last of them is one window old. Nodes whose rates differ share the
// counts too: what one of them still needs is kept by all.
type RedisLimiter struct {
	rdb    redis.UniversalClient
	prefix string
	rate   Rate
	within time.Duration    // redisTimeout, longer in some tests
	now    func() time.Time // replaces the server's clock in tests; nil otherwise
}

// Redis makes a limiter on a client for a single server, Sentinel or Cluster. Its keys begin
// with prefix and ":throttle:". The prefix is 1 to 64 letters, digits and . _ - : and may be
// the one of redisstore. Redis sends nothing; the error is a mistake in the arguments.
//
// Each Begin and End is one round trip and ends within a second. The client is a *redis.Client or
// a *redis.ClusterClient; the caller owns it and closes it. It suits if it is the one of a
// redisstore.Store or tuned like it: then an address that moves to another server is followed
// within 2 s. Of any other client the limiter uses a copy that follows, without the client's
// hooks. The copy's connections end with the limiter.
func Redis(rdb redis.UniversalClient, prefix string, rate Rate) (*RedisLimiter, error) {
	if err := redisx.Check(rdb); err != nil {
		return nil, fmt.Errorf("throttle: %w", err)
	}
	if !redisx.FitPrefix(prefix) {
		return nil, fmt.Errorf("throttle: prefix %q: %s", prefix, redisx.PrefixRule)
	}
	if err := rate.check(); err != nil {
		return nil, err
	}
	following, copied := redisx.Following(rdb, redisx.DefaultLife)
	r := &RedisLimiter{rdb: following, prefix: prefix, rate: rate, within: redisTimeout}
	if copied {
		runtime.AddCleanup(r, func(c redis.UniversalClient) { _ = c.Close() }, following)
	}
	return r, nil
}

// Begin returns, before the password is checked, how long the attempt has to wait; 0 allows
// it. It counts nothing. The error is [ErrUnavailable].
func (r *RedisLimiter) Begin(ctx context.Context, name, addr string) (time.Duration, error) {
	byName, byAddress, err := r.askBoth(ctx, name, addr, "")
	return verdict(byName, byAddress), err
}

// End records a failure. For any attempt, failed or not, it returns how long to wait if its
// outcome must be withheld because of other failures in the meantime, and 0 otherwise. The
// error is [ErrUnavailable]; the outcome must then be withheld too.
func (r *RedisLimiter) End(ctx context.Context, name, addr string, failed bool) (time.Duration, error) {
	failure := ""
	if failed {
		failure = redisx.Nonce() // a script that runs twice adds it once
	}
	byName, byAddress, err := r.askBoth(ctx, name, addr, failure)
	return outcome(byName, byAddress, failed), err
}

// Take counts one use of a user's turn and returns 0, or returns how long the user must wait and
// counts nothing. It fits ginauth's Config.UserLimit. The error is [ErrUnavailable]; the use may
// or may not have been counted.
func (r *RedisLimiter) Take(ctx context.Context, user string) (time.Duration, error) {
	tallies, err := r.ask(ctx, redisx.Nonce(), userSubject(user))
	if err != nil {
		return 0, err
	}
	return tallies[0].wait, nil
}

func (r *RedisLimiter) key(of subject) string {
	return r.prefix + ":throttle:" + base64.RawURLEncoding.EncodeToString(of[:])
}

// askBoth counts a login attempt, or a failure.
func (r *RedisLimiter) askBoth(ctx context.Context, name, addr, failure string) (byName, byAddress tally, err error) {
	tallies, err := r.ask(ctx, failure, nameSubject(name), addressSubject(addr))
	if err != nil {
		return tally{}, tally{}, err
	}
	return tallies[0], tallies[1], nil
}

// ask runs the script on the key of each subject, in one round trip. The keys may be on different
// nodes of a Cluster. event is what to count, or "".
func (r *RedisLimiter) ask(ctx context.Context, event string, subjects ...subject) ([]tally, error) {
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	tallies, err := r.send(ctx, tallyScript.EvalSha, event, subjects)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		tallies, err = r.send(ctx, tallyScript.Eval, event, subjects)
	}
	if err != nil {
		redisx.Reload(r.rdb)
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return tallies, nil
}

// sender is one of the two ways to run a script.
type sender func(ctx context.Context, c redis.Scripter, keys []string, args ...any) *redis.Cmd

func (r *RedisLimiter) send(ctx context.Context, by sender, event string, subjects []subject) ([]tally, error) {
	replies := make([]*redis.Cmd, len(subjects))
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, of := range subjects {
			replies[i] = by(ctx, p, []string{r.key(of)}, r.rate.Times, r.rate.Window.Milliseconds(), event, redisx.Override(r.now))
		}
		return nil
	})
	tallies := make([]tally, len(subjects))
	for i := range replies {
		if err == nil {
			tallies[i], err = readTally(replies[i])
		}
	}
	return tallies, err
}

func readTally(reply *redis.Cmd) (tally, error) {
	n, err := reply.Int64Slice()
	if err != nil {
		return tally{}, err
	}
	if len(n) != 2 {
		return tally{}, redisx.ErrReply
	}
	return tally{failures: int(n[0]), wait: time.Duration(n[1]) * time.Millisecond}, nil
}
