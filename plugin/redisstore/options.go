package redisstore

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

// ErrShards means that the keys in Redis were written with another number of shards.
// Nothing works until all nodes agree; see Options.Shards.
var ErrShards = errors.New("redisstore: the data was written with another number of shards; give every node the same Options.Shards")

// Options are the settings of [New] and [Connect]. The zero value is a good one. Values out
// of range are errors; nothing is clamped.
type Options struct {
	// Prefix begins every key: 1 to 64 letters, digits and . _ - :. Default "ginauth".
	// Stores with different prefixes share a Redis and nothing else.
	Prefix string

	// Timeout limits one attempt at Redis; a call makes at most two. Default 1 s, at least
	// 10 ms.
	Timeout time.Duration

	// Cluster makes Connect open a Cluster from a URL that names one node only. A URL with
	// addr does not need it. New accepts it only with a *redis.ClusterClient.
	Cluster bool

	// Master is the name of the master that Sentinel knows. Connect then treats the servers in
	// the URL as sentinels, as with a master_name in the URL. New does not use it.
	Master string

	// Shards is the number of hash slots that the keys are spread over, 1 to 256; a subject's
	// hash chooses its slot. Default 16 on a Cluster, otherwise 1. The number is written to
	// Redis at the first use and cannot change while the data lives: a store with another
	// number fails with ErrShards.
	Shards int

	// WaitReplicas is how many Redis replicas must confirm a revocation (WAIT). Refreshes
	// wait too, since they can revoke. A confirmed logout survives a failover to any of these
	// replicas. If fewer confirm within half of Timeout, the call fails with
	// session.ErrUnavailable, although the revocation is in effect. Default 0: no waiting.
	WaitReplicas int

	// Now replaces the server's clock for all times of sessions. For tests. Deadlines of calls
	// and the expiry of keys still follow the server's clock.
	Now func() time.Time
}

const minTimeout = 10 * time.Millisecond

// settle returns the options with their defaults, or every mistake in them.
func (o Options) settle(cluster bool) (Options, error) {
	var errs []error
	setDefault(&o.Prefix, "ginauth")
	setDefault(&o.Timeout, time.Second)
	if cluster {
		setDefault(&o.Shards, 16)
	}
	setDefault(&o.Shards, 1)
	if !redisx.FitPrefix(o.Prefix) {
		errs = append(errs, fmt.Errorf("redisstore: Options.Prefix %q: %s", o.Prefix, redisx.PrefixRule))
	}
	if o.Timeout < minTimeout {
		errs = append(errs, fmt.Errorf("redisstore: Options.Timeout %v: want at least %v", o.Timeout, minTimeout))
	}
	if o.WaitReplicas < 0 {
		errs = append(errs, fmt.Errorf("redisstore: Options.WaitReplicas %d: want 0 or more", o.WaitReplicas))
	}
	if o.Shards < 1 || o.Shards > 256 {
		errs = append(errs, fmt.Errorf("redisstore: Options.Shards %d: want 1 to 256", o.Shards))
	}
	return o, errors.Join(errs...)
}

func checkClient(rdb redis.UniversalClient, o Options) error {
	if redisx.Missing(rdb) {
		return errors.New("redisstore: no client; want a *redis.Client or a *redis.ClusterClient")
	}
	if _, cluster := rdb.(*redis.ClusterClient); o.Cluster && !cluster {
		return errors.New("redisstore: Options.Cluster is set, but the client is not a *redis.ClusterClient")
	}
	switch c := rdb.(type) {
	case *redis.Ring:
		return errors.New("redisstore: a *redis.Ring cannot keep sessions; want a *redis.Client or a *redis.ClusterClient")
	case *redis.ClusterClient:
		if c.Options().ReadOnly {
			return errors.New("redisstore: the client reads from replicas; turn off ReadOnly, RouteByLatency and RouteRandomly")
		}
	case *redis.Client:
		if c.Options().ClientSideCacheConfig != nil || c.Options().ClientSideCache != nil {
			return errors.New("redisstore: the client reads from a cache of its own; turn off ClientSideCacheConfig")
		}
	}
	return nil
}
