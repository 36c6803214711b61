package throttle

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrUnavailable: Redis could not say. The attempt must then be refused: nobody knows
// whether it is one too many. A failure that was to be recorded may have been recorded
// or not.
var ErrUnavailable = errors.New("throttle: unavailable")

// redisTimeout bounds a whole Begin or End.
const redisTimeout = time.Second

// RedisLimiter counts in Redis, so that all nodes share the counts. Make it with Redis;
// it is safe for concurrent use.
//
// Time is the server's. A name or address has one key, a sorted set of its failures,
// which expires when the last of them is a window old.
type RedisLimiter struct {
	rdb    redis.UniversalClient
	prefix string
	rate   Rate
	within time.Duration    // redisTimeout, but for tests
	now    func() time.Time // in tests in the place of the server's clock, else nil
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// Redis makes a limiter whose keys begin with prefix and ":throttle:". The prefix is 1 to
// 64 letters, digits and . _ - : and may be that of redisstore. It works with a single
// server, Sentinel and Cluster, each script on one key. It talks to nobody yet; errors
// are what is wrong with the arguments.
//
// Each Begin and End is one round trip and ends within a second, whatever the client's
// own limits are. rdb is not closed.
func Redis(rdb redis.UniversalClient, prefix string, rate Rate) (*RedisLimiter, error) {
	if rdb == nil {
		return nil, errors.New("throttle: no client")
	}
	if !prefixes.MatchString(prefix) {
		return nil, fmt.Errorf("throttle: prefix %q: letters, digits and . _ - : only, 1 to 64", prefix)
	}
	if err := rate.check(); err != nil {
		return nil, err
	}
	return &RedisLimiter{rdb: rdb, prefix: prefix, rate: rate, within: redisTimeout}, nil
}

// Begin says, before the password is checked, how long the attempt has to wait; 0 means
// that it may be made. It counts nothing. The error is ErrUnavailable.
func (r *RedisLimiter) Begin(ctx context.Context, name, addr string) (time.Duration, error) {
	byName, byAddress, err := r.ask(ctx, name, addr, "")
	return verdict(byName, byAddress), err
}

// End records a failure, and says of any attempt whether its outcome must be withheld
// because others have failed in the meantime: then it returns how long to wait. The
// error is ErrUnavailable; the outcome must be withheld then, too.
func (r *RedisLimiter) End(ctx context.Context, name, addr string, failed bool) (time.Duration, error) {
	failure := ""
	if failed {
		failure = newFailure()
	}
	byName, byAddress, err := r.ask(ctx, name, addr, failure)
	return outcome(byName, byAddress, failed), err
}

// newFailure is a member of the sorted sets that no other is, so that a script which
// runs twice adds it once.
func newFailure() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (r *RedisLimiter) key(of subject) string {
	return r.prefix + ":throttle:" + base64.RawURLEncoding.EncodeToString(of[:])
}

// answer is what Redis says of the two keys.
type answer struct{ name, address tally }

// ask runs the script on both keys, which lie on different nodes of a Cluster.
func (r *RedisLimiter) ask(ctx context.Context, name, addr, failure string) (byName, byAddress tally, err error) {
	keys := [2]string{r.key(nameSubject(name)), r.key(addressSubject(addr))}
	a, err := bounded(ctx, r.within, func(ctx context.Context) (answer, error) {
		a, err := r.send(ctx, tallyScript.EvalSha, keys, failure)
		if redis.HasErrorPrefix(err, "NOSCRIPT") {
			return r.send(ctx, tallyScript.Eval, keys, failure)
		}
		return a, err
	})
	if err != nil {
		r.suspect()
		return tally{}, tally{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return a.name, a.address, nil
}

// sender is one of the two ways to run a script.
type sender func(ctx context.Context, c redis.Scripter, keys []string, args ...any) *redis.Cmd

func (r *RedisLimiter) send(ctx context.Context, by sender, keys [2]string, failure string) (answer, error) {
	var replies [2]*redis.Cmd
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, key := range keys {
			replies[i] = by(ctx, p, []string{key}, r.rate.Failures, r.rate.Window.Milliseconds(), failure, r.override())
		}
		return nil
	})
	if err != nil {
		return answer{}, err
	}
	name, nameErr := readTally(replies[0])
	address, addressErr := readTally(replies[1])
	return answer{name, address}, errors.Join(nameErr, addressErr)
}

func readTally(reply *redis.Cmd) (tally, error) {
	n, err := reply.Int64Slice()
	if err != nil {
		return tally{}, err
	}
	if len(n) != 2 {
		return tally{}, errors.New("unexpected reply of a script")
	}
	return tally{failures: int(n[0]), wait: time.Duration(n[1]) * time.Millisecond}, nil
}

// override is the time that takes the place of the server's, or "".
func (r *RedisLimiter) override() string {
	if r.now == nil {
		return ""
	}
	return strconv.FormatInt(r.now().UnixMilli(), 10)
}

// suspect has a Cluster client look at the topology again after an error: by itself it
// would go on asking a dead master for up to a minute.
func (r *RedisLimiter) suspect() {
	if c, ok := r.rdb.(*redis.ClusterClient); ok {
		c.ReloadState(context.Background())
	}
}

// bounded runs f and gives up on time, also with a client that does not keep to the
// deadline of its context: f then ends in the background, and what it brings is dropped.
func bounded(ctx context.Context, within time.Duration, f func(context.Context) (answer, error)) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type result struct {
		answer answer
		err    error
	}
	done := make(chan result, 1)
	go func() {
		a, err := f(ctx)
		done <- result{a, err}
	}()
	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}
