package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/session"
)

var (
	_ session.LoggedStore = (*Store)(nil)
	_ session.Pinger      = (*Store)(nil)
)

// Store is a [session.LoggedStore] in Redis. Make it with [New] or [Connect]. It is safe
// for concurrent use.
//
// Errors of Redis, time-outs and ended contexts wrap [session.ErrUnavailable] and their
// cause; test for either with errors.Is. A call ends within twice Options.Timeout. Only
// [Store.Revoke] may take longer: of session.KindSubject once more Options.Timeout, of
// session.KindAll twice that. An earlier deadline of the caller's context shortens a call, and
// so does its end.
type Store struct {
	rdb      redis.UniversalClient
	prefix   string
	timeout  time.Duration
	replicas int // Options.WaitReplicas
	fakeNow  func() time.Time
	life     time.Duration // Options.ConnLife
	shards   []shard       // by number

	follow follower
	closer closer
}

// New makes a store on a client of the caller's, for a single server, Sentinel or Cluster. It
// sends nothing. The client stays the caller's: close it after the store.
//
// The store uses the client itself if calls on it end with their context's deadline and its
// connections live no longer than Options.ConnLife, as after [Tune]: dialling, life and jitter
// together. Otherwise it works on a copy with such settings, and [Store.Close] closes the copy.
// Hooks that were added to the client, for tracing say, are not copied.
//
// The error lists every mistake in the arguments: no client, an option out of its bounds,
// or a client that could miss a revocation. A *redis.Ring could, since it moves keys to other
// servers when one fails; so could a client that reads from replicas or from its own cache, and
// any type but *redis.Client and *redis.ClusterClient, since the store cannot know what it does.
func New(rdb redis.UniversalClient, o Options) (*Store, error) {
	s, err := build(rdb, o)
	if err != nil {
		return nil, err
	}
	if following, copied := redisx.Following(rdb, s.life); copied {
		s.rdb, s.closer.own = following, following.Close
	}
	return s, nil
}

// build makes a store on a client that follows an address that moves.
func build(rdb redis.UniversalClient, o Options) (*Store, error) {
	_, cluster := rdb.(*redis.ClusterClient)
	clientErr := checkClient(rdb, o)
	o, err := o.settle(cluster)
	if err := errors.Join(clientErr, err); err != nil {
		return nil, err
	}
	s := &Store{
		rdb:      rdb,
		prefix:   o.Prefix,
		timeout:  o.Timeout,
		replicas: o.WaitReplicas,
		fakeNow:  o.Now,
		life:     o.ConnLife,
		shards:   make([]shard, o.Shards),
	}
	for i := range s.shards {
		s.shards[i].base = o.Prefix + ":{" + strconv.Itoa(i) + "}"
		s.shards[i].gate = make(chan struct{}, 1)
	}
	return s, nil
}

// Must returns s, and panics if err is not nil. Use it where an error cannot be returned, such
// as in a Config literal:
//
//	Store: redisstore.Must(redisstore.New(rdb, redisstore.Options{})),
func Must(s *Store, err error) *Store {
	if err != nil {
		panic(err)
	}
	return s
}

// Client returns the client that the store uses, for throttle.Redis and other users of the same
// Redis: the one that [New] was given if it is tuned, otherwise the store's own, which works
// until [Store.Close].
func (s *Store) Client() redis.UniversalClient { return s.rdb }

// Shards returns the number of shards.
func (s *Store) Shards() int { return len(s.shards) }

// Ping returns nil if every shard can be written, which proves more than a reply to PING.
// Otherwise the error is [session.ErrUnavailable] or [ErrShards].
func (s *Store) Ping(ctx context.Context) error {
	return s.eachShard(func(n uint8) error {
		_, err := s.run(ctx, pingScript, n, nil)
		return err
	})
}

// Now returns the time of this machine, which [Store.Create] translates to the server's clock.
func (s *Store) Now() time.Time {
	if s.fakeNow != nil {
		return s.fakeNow()
	}
	return time.Now()
}

// String names the store by its prefix and number of shards. It shows no address and no
// password.
func (s *Store) String() string {
	return fmt.Sprintf("redisstore.Store{%s, %d shards}", s.prefix, len(s.shards))
}

// GoString is [Store.String], for %#v.
func (s *Store) GoString() string { return s.String() }

// LogValue is [Store.String], for package slog.
func (s *Store) LogValue() slog.Value { return slog.StringValue(s.String()) }

// eachShard runs f for all shards at once, so that the times of slow servers do not add up.
func (s *Store) eachShard(f func(n uint8) error) error {
	errs := make([]error, len(s.shards))
	var wg sync.WaitGroup
	for i := range s.shards {
		wg.Go(func() { errs[i] = f(uint8(i)) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// atOnce limits the calls that one caller makes at the same time, so that it leaves room for
// others.
const atOnce = 32

// all runs f for 0 to n-1, several at a time: they then share round trips. It returns the first
// error, after which it starts no more.
func (s *Store) all(n int, f func(i int) error) error {
	if n == 1 {
		return f(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, min(n, atOnce))
	for worker := range errs {
		wg.Go(func() {
			for errs[worker] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[worker] = f(i); errs[worker] != nil {
					next.Store(int64(n))
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// has reports whether this store can have issued the session id at all.
func (s *Store) has(id session.ID) bool {
	return id != (session.ID{}) && int(id.Shard()) < len(s.shards)
}

func (s *Store) shardOf(subject string) uint8 { return session.ShardOf(subject, len(s.shards)) }
