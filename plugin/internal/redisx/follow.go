package redisx

import (
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// Check returns an error for a client of any type but *redis.Client and *redis.ClusterClient:
// what another one does with the commands and the connections is unknown.
func Check(rdb redis.UniversalClient) error {
	switch c := rdb.(type) {
	case *redis.Client:
		if c != nil {
			return nil
		}
	case *redis.ClusterClient:
		if c != nil {
			return nil
		}
	case *redis.Ring:
		if c != nil {
			return errors.New("a *redis.Ring moves keys to other servers when one fails; want a *redis.Client or a *redis.ClusterClient")
		}
	case nil:
	default:
		return errors.New("the client is of a type of the application's own; want the *redis.Client or *redis.ClusterClient inside")
	}
	return errors.New("no client; want a *redis.Client or a *redis.ClusterClient")
}

// Following returns rdb if it follows an address that moves within life (see [Knobs.Follows]),
// and otherwise a copy that does, which the caller must close. rdb has passed [Check]. A client
// behind Sentinel gets a hook that makes it leave a silent sentinel.
func Following(rdb redis.UniversalClient, life time.Duration) (c redis.UniversalClient, copied bool) {
	switch c := rdb.(type) {
	case *redis.Client:
		copied = !OfServer(c.Options()).Follows(life)
		if !copied && behindSentinel(c) {
			c.AddHook(lateDialling{})
		}
	case *redis.ClusterClient:
		copied = !OfCluster(c.Options()).Follows(life)
	}
	if copied {
		return Copy(rdb, life, 0), true
	}
	return rdb, false
}

// Copy makes a client to the same servers whose connections live no longer than life. Hooks are
// not copied. With pool > 0, its pool has that many connections and keeps none in reserve.
//
// The copied options get their own configuration of maintenance notifications: the original is
// behind a pointer, and its client writes there whenever it connects. Zeroes that go-redis made
// of "none" are turned back, since it would make defaults of them.
func Copy(rdb redis.UniversalClient, life time.Duration, pool int) redis.UniversalClient {
	switch c := rdb.(type) {
	case *redis.Client:
		o := *c.Options()
		o.Dialer = promptly(o.Dialer, behindSentinel(c))
		none(&o.MaxRetries)
		none(&o.MinRetryBackoff)
		none(&o.MaxRetryBackoff)
		if pool > 0 {
			o.PoolSize, o.MinIdleConns, o.MaxActiveConns = pool, 0, 0
		}
		OfServer(&o).rebind(life)
		return redis.NewClient(&o)
	case *redis.ClusterClient:
		o := *c.Options()
		o.Addrs = slices.Clone(o.Addrs)
		if o.Dialer != nil {
			o.Dialer = promptly(o.Dialer, false)
		}
		none(&o.MaxRedirects)
		none(&o.MinRetryBackoff)
		none(&o.MaxRetryBackoff)
		if pool > 0 {
			o.PoolSize, o.MinIdleConns, o.MaxActiveConns = pool, 0, 0
		}
		OfCluster(&o).rebind(life)
		return redis.NewClusterClient(&o)
	}
	return nil // Check has refused every other type
}

// rebind sets what matters in options that a client has already filled with defaults.
func (k Knobs) rebind(life time.Duration) {
	*k.ContextTimeout, *k.NoIdentity, *k.PipelinePool, *k.Quiet = true, true, -1, noNotifications()
	k.resumeTLS()
	if *k.DialRetries == 5 { // go-redis's default: abandoned calls would go on dialling for long
		*k.DialRetries = 1
	}
	k.limit(life)
}

func none[T ~int | ~int64](p *T) {
	if *p == 0 {
		*p = -1
	}
}
