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

// ErrForm means that the keys in Redis were written by a version of this package whose stored
// form this one does not know. Nothing works until the versions agree, or with another
// Options.Prefix.
var ErrForm = errors.New("redisstore: the data was written by another version, in a form that this one does not know")

// Options are the settings of [New] and [Connect]. The zero value is a good one. Values out
// of range are errors; nothing is clamped.
type Options struct {
	// Prefix begins every key: 1 to 64 letters, digits and . _ - :. Default "ginauth".
	// Stores with different prefixes share a Redis and nothing else.
	Prefix string

	// Timeout limits one attempt at Redis; a call makes at most two. Default 1 s, at least
	// 10 ms.
	Timeout time.Duration

	// ConnLife is the longest time for which a connection is used, from the moment at which its
	// address is looked up. A name, a Service or a forwarder that moves to another server while
	// the old one stays up is followed within that time: no check that begins later is answered
	// by the old one. Default 2 s, at least 200 ms; see also [Store.Doubt].
	//
	// It costs dials: each connection that is in use is replaced about every 1.4 s at the
	// default. With TLS each is a handshake; Connect and Tune make the client resume TLS
	// sessions. Dialling takes at most a quarter of ConnLife.
	ConnLife time.Duration

	// Cluster makes Connect open a Cluster from a URL that names one node only. A URL with
	// addr does not need it. New accepts it only with a *redis.ClusterClient.
	Cluster bool

	// Master is the name of the master that Sentinel knows. Connect then treats the servers in
	// the URL as sentinels, as with a master_name in the URL. New does not use it.
	Master string

	// Shards is the number of hash slots that the keys are spread over, 1 to 256; a subject's
	// hash chooses its slot. Default 64 on a Cluster, otherwise 1. More of them make the move
	// of one slot shorter, and cost each node that keeps a mirror more commands a second. The
	// number is written to Redis at the first use and cannot change while the data lives: a
	// store with another number fails with ErrShards.
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
	setDefault(&o.ConnLife, redisx.DefaultLife)
	if cluster {
		setDefault(&o.Shards, 64)
	}
	setDefault(&o.Shards, 1)
	if !redisx.FitPrefix(o.Prefix) {
		errs = append(errs, fmt.Errorf("redisstore: Options.Prefix %q: %s", o.Prefix, redisx.PrefixRule))
	}
	if o.Timeout < minTimeout {
		errs = append(errs, fmt.Errorf("redisstore: Options.Timeout %v: want at least %v", o.Timeout, minTimeout))
	}
	if o.ConnLife < redisx.MinLife {
		errs = append(errs, fmt.Errorf("redisstore: Options.ConnLife %v: want at least %v", o.ConnLife, redisx.MinLife))
	}
	if o.WaitReplicas < 0 {
		errs = append(errs, fmt.Errorf("redisstore: Options.WaitReplicas %d: want 0 or more", o.WaitReplicas))
	}
	if o.Shards < 1 || o.Shards > 256 {
		errs = append(errs, fmt.Errorf("redisstore: Options.Shards %d: want 1 to 256", o.Shards))
	}
	return o, errors.Join(errs...)
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}

func checkClient(rdb redis.UniversalClient, o Options) error {
	if err := redisx.Check(rdb); err != nil {
		return fmt.Errorf("redisstore: %w", err)
	}
	if _, cluster := rdb.(*redis.ClusterClient); o.Cluster && !cluster {
		return errors.New("redisstore: Options.Cluster is set, but the client is not a *redis.ClusterClient")
	}
	switch c := rdb.(type) {
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
