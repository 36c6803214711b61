package redisx

import (
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// sentinelRead is how long a sentinel may take to answer. Each dial asks one, so the next must
// be found soon.
const sentinelRead = 250 * time.Millisecond

// SentinelClient makes a client for the master that sentinels name. go-redis has one set of
// time-outs for sentinels and servers; here sentinels get shorter ones. The two belong to two
// clients, and closing means to close both.
func SentinelClient(o *redis.FailoverOptions) (client *redis.Client, close func() error) {
	ask := *o
	ask.MaxRetries, ask.MinIdleConns = -1, 0
	ask.ReadTimeout, ask.WriteTimeout = sentinelRead, sentinelRead
	asking := redis.NewFailoverClient(&ask)
	own := *asking.Options()
	own.Dialer = promptly(own.Dialer, true)
	own.MaxRetries, own.MinIdleConns = o.MaxRetries, o.MinIdleConns
	own.ReadTimeout, own.WriteTimeout = o.ReadTimeout, o.WriteTimeout
	own.MaintNotificationsConfig = noNotifications()
	client = redis.NewClient(&own)
	return client, func() error { return errors.Join(client.Close(), asking.Close()) }
}
