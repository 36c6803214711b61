package redisstore

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

var _ session.LoggedStore = (*Store)(nil)

// Store is a session.LoggedStore in Redis. Make one with New or NewWith. Safe for
// concurrent use.
//
// Errors of Redis, time-outs and a context that ended are session.ErrUnavailable
// and their cause; both can be tested with errors.Is. A call ends within twice
// Options.Timeout; only Revoke of session.KindAll may take twice that. A context
// deadline of the caller shortens that. A cancelled context is noticed before
// anything is sent and between the attempts, and with a client that does not have
// ContextTimeoutEnabled at any time.
type Store struct {
	rdb      redis.UniversalClient
	prefix   string
	timeout  time.Duration
	replicas int // that must have a revocation
	fakeNow  func() time.Time
	prompt   bool    // rdb keeps to context deadlines by itself
	shards   []shard // by number

	follow follower
}

// shard is what a Store knows about one shard.
type shard struct {
	base  string // what its keys begin with
	clock clock
	gate  chan struct{} // holds the one call that asks for the clock

	checks checks
}

// New makes a store with the default Options. It sends nothing; the first call
// does. The client stays the caller's, who closes it after the store; see Tune for
// settings that suit. New panics where NewWith returns an error.
func New(rdb redis.UniversalClient) *Store {
	s, err := NewWith(rdb, Options{})
	if err != nil {
		panic(err)
	}
	return s
}

// NewWith makes a store. The error is a mistake in the arguments: no client, one
// that could miss a revocation, or an Option out of its bounds. A *redis.Ring could,
// since it moves keys to other servers when one fails; so could a client that reads
// from replicas or from a cache of its own.
func NewWith(rdb redis.UniversalClient, o Options) (*Store, error) {
	if err := check(rdb, &o); err != nil {
		return nil, err
	}
	s := &Store{
		rdb:      rdb,
		prefix:   o.Prefix,
		timeout:  o.Timeout,
		replicas: o.WaitReplicas,
		fakeNow:  o.Now,
		prompt:   keepsDeadlines(rdb),
		shards:   make([]shard, o.Shards),
	}
	for i := range s.shards {
		s.shards[i].base = o.Prefix + ":{" + strconv.Itoa(i) + "}"
		s.shards[i].gate = make(chan struct{}, 1)
	}
	return s, nil
}

// Shards is how many shards the store works with.
func (s *Store) Shards() int { return len(s.shards) }

// Ping answers nil if every shard can be written, which is more than that Redis
// answers. Otherwise session.ErrUnavailable or ErrShards.
func (s *Store) Ping(ctx context.Context) error {
	return s.eachShard(func(n uint8) error {
		_, err := s.run(ctx, pingScript, n)
		return err
	})
}

// eachShard runs f for all shards at once, so that one slow server does not add up.
func (s *Store) eachShard(f func(n uint8) error) error {
	errs := make([]error, len(s.shards))
	var wg sync.WaitGroup
	for i := range s.shards {
		wg.Go(func() { errs[i] = f(uint8(i)) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// has reports whether a session id can be one of this store at all.
func (s *Store) has(id session.ID) bool {
	return id != (session.ID{}) && int(id.Shard()) < len(s.shards)
}

func (s *Store) shardOf(subject string) uint8 { return session.ShardOf(subject, len(s.shards)) }

func fit(subject string) bool { return subject != "" && len(subject) <= session.MaxSubject }
