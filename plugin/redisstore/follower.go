package redisstore

import (
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

// follower is the store's own client for blocking reads, which would hold connections of the
// other pool. Its connections live no longer than others: a read that waits may hold one for
// maxWait more. It is opened at the first blocking read.
type follower struct {
	mu     sync.Mutex
	rdb    redis.UniversalClient
	closed bool
}

func (f *follower) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.rdb == nil {
		return nil
	}
	return f.rdb.Close()
}

func (s *Store) follower() (redis.UniversalClient, error) {
	f := &s.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, unavailable(redis.ErrClosed)
	}
	if f.rdb == nil {
		f.rdb = redisx.Copy(s.rdb, s.life, 2*len(s.shards))
	}
	return f.rdb, nil
}
