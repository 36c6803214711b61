package redisstore

import (
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// follower is the store's own client for blocking reads. In the caller's pool they would hold
// connections, and notice a time-out only if that client is set to. It is opened at the first
// blocking read.
type follower struct {
	mu     sync.Mutex
	rdb    redis.UniversalClient
	shared bool // rdb is the store's client
	closed bool
}

// followerConnLife makes a follower dial again from time to time. Otherwise it could stay
// with a server that is no longer the master and so has nothing to say.
const followerConnLife = 30 * time.Second

func (f *follower) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.rdb == nil || f.shared {
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
		f.rdb, f.shared = likeClient(s.rdb, len(s.shards))
	}
	return f.rdb, nil
}

// likeClient makes a client to the same servers, for one blocking read of each shard. It
// can copy only the types it knows; any other client is shared.
//
// The copied options get their own configuration of maintenance notifications: the caller's
// is behind a pointer, and its client writes there whenever it connects.
func likeClient(rdb redis.UniversalClient, shards int) (follower redis.UniversalClient, shared bool) {
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch c := rdb.(type) {
	case *redis.Client:
		o := *c.Options()
		o.ContextTimeoutEnabled, o.ConnMaxLifetime, o.MaintNotificationsConfig = true, followerConnLife, quiet
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns, o.PipelinePoolSize = 2*shards, 0, 0, -1
		return redis.NewClient(&o), false
	case *redis.ClusterClient:
		o := *c.Options()
		o.ContextTimeoutEnabled, o.ConnMaxLifetime, o.MaintNotificationsConfig = true, followerConnLife, quiet
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns, o.PipelinePoolSize = 2*shards, 0, 0, -1
		return redis.NewClusterClient(&o), false
	}
	return rdb, true
}
