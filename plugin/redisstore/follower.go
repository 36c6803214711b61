package redisstore

import (
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// follower is the store's own client for blocking reads: they would hold
// connections of the caller's pool, and hear a time-out only if the client is set
// to. It is made at the first such read.
type follower struct {
	mu     sync.Mutex
	rdb    redis.UniversalClient
	closed bool
}

// followerConnLife makes a follower dial anew now and then, so that it does not
// stay with a server that is no longer the master and has nothing to say.
const followerConnLife = 30 * time.Second

// Close ends the store's own connections, and with them the reads that wait; later
// reads that would wait are session.ErrUnavailable. Everything else goes on: the
// client that New was given is the caller's to close.
func (s *Store) Close() error {
	f := &s.follow
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.rdb == nil || f.rdb == s.rdb {
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
		f.rdb = likeClient(s.rdb, len(s.shards))
	}
	return f.rdb, nil
}

// likeClient makes a client to the same servers for one blocking read a shard. Of
// a type that it does not know it can make none, and shares the caller's.
//
// The copied options get a configuration of maintenance notifications of their own: the
// caller's lies behind a pointer, and its client writes there whenever it connects.
func likeClient(rdb redis.UniversalClient, shards int) redis.UniversalClient {
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch c := rdb.(type) {
	case *redis.Client:
		o := *c.Options()
		o.ContextTimeoutEnabled, o.ConnMaxLifetime, o.MaintNotificationsConfig = true, followerConnLife, quiet
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns, o.PipelinePoolSize = 2*shards, 0, 0, -1
		return redis.NewClient(&o)
	case *redis.ClusterClient:
		o := *c.Options()
		o.ContextTimeoutEnabled, o.ConnMaxLifetime, o.MaintNotificationsConfig = true, followerConnLife, quiet
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns, o.PipelinePoolSize = 2*shards, 0, 0, -1
		return redis.NewClusterClient(&o)
	}
	return rdb
}
