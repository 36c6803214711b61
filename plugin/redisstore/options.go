package redisstore

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrShards: the keys were written with another number of shards. Nothing works
// until all nodes agree; see Options.Shards.
var ErrShards = errors.New("redisstore: the data was written with another number of shards")

// Options are the settings of NewWith. The zero value is what New uses.
type Options struct {
	// Prefix begins every key. Letters, digits and . _ - : only, at most 64 bytes; empty
	// means "ginauth". Stores with different prefixes know nothing of each other.
	Prefix string

	// Timeout bounds one attempt at Redis; a call makes at most two. 0 means 1 s.
	Timeout time.Duration

	// Shards is over how many hash slots the keys are spread, 1 to 256; subjects are
	// spread over them by hash. 0 means 16 on a *redis.ClusterClient and 1 otherwise.
	// It is written to Redis at the first use, and cannot be changed while the data lives:
	// a store with another number answers ErrShards.
	Shards int

	// WaitReplicas makes a revocation, and a refresh, which may turn out to be one, done only
	// when so many replicas have it (WAIT): an acknowledged logout then survives a
	// failover to any of them. Fewer in half of Timeout is session.ErrUnavailable; the
	// revocation stands all the same. 0, the default, does not wait.
	WaitReplicas int

	// Now is for tests: it takes the place of the server's clock for what sessions live
	// by. Deadlines of calls and expiry of keys stay with the server's clock.
	Now func() time.Time
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// check also puts in the defaults.
func check(rdb redis.UniversalClient, o *Options) error {
	_, cluster := rdb.(*redis.ClusterClient)
	errs := []error{checkClient(rdb)}
	if o.Prefix == "" {
		o.Prefix = "ginauth"
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	if o.Shards == 0 {
		o.Shards = 1
		if cluster {
			o.Shards = 16
		}
	}
	if !prefixes.MatchString(o.Prefix) {
		errs = append(errs, fmt.Errorf("redisstore: Options.Prefix %q: letters, digits and . _ - : only, at most 64", o.Prefix))
	}
	if o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("redisstore: Options.Timeout %v is negative", o.Timeout))
	}
	if o.WaitReplicas < 0 {
		errs = append(errs, fmt.Errorf("redisstore: Options.WaitReplicas %d is negative", o.WaitReplicas))
	}
	if o.Shards < 1 || o.Shards > 256 {
		errs = append(errs, fmt.Errorf("redisstore: Options.Shards %d: 1 to 256", o.Shards))
	}
	return errors.Join(errs...)
}

func checkClient(rdb redis.UniversalClient) error {
	switch c := rdb.(type) {
	case nil:
		return errors.New("redisstore: no client")
	case *redis.Ring:
		return errors.New("redisstore: a redis.Ring cannot keep sessions")
	case *redis.ClusterClient:
		if c.Options().ReadOnly {
			return errors.New("redisstore: the client reads from replicas (ReadOnly, RouteByLatency or RouteRandomly)")
		}
	case *redis.Client:
		if c.Options().ClientSideCacheConfig != nil || c.Options().ClientSideCache != nil {
			return errors.New("redisstore: the client reads from a cache of its own (ClientSideCacheConfig)")
		}
	}
	return nil
}
