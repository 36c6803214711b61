package main

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

func single(address string) (connector, error) {
	o, err := redis.ParseURL(address)
	if err != nil {
		return nil, err
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewClient(o) }, nil
}

func cluster(address string) (connector, error) {
	o, err := redis.ParseClusterURL(address)
	if err != nil {
		return nil, err
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewClusterClient(o) }, nil
}

// sentinel takes a URL that names the sentinels, and the master's name from a variable
// of its own.
func sentinel(address, master string) (connector, error) {
	o, err := redis.ParseFailoverURL(address)
	if err != nil {
		return nil, err
	}
	o.MasterName = master
	var none *maintnotifications.Config // a failover client never asks for them
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &none, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewFailoverClient(o) }, nil
}

// knobs are the fields that the three kinds of go-redis options have in common and that
// redisstore.Tune sets. What the URL has set stays.
type knobs struct {
	contextTimeout, noIdentity *bool
	maintNotifications         **maintnotifications.Config
	retries, dialRetries       *int
	dial, read, write, pool    *time.Duration
}

func tune(k knobs) {
	o := redis.UniversalOptions{
		MaintNotificationsConfig: *k.maintNotifications,
		MaxRetries:               *k.retries,
		DialerRetries:            *k.dialRetries,
		DialTimeout:              *k.dial,
		ReadTimeout:              *k.read,
		WriteTimeout:             *k.write,
		PoolTimeout:              *k.pool,
	}
	redisstore.Tune(&o)
	*k.contextTimeout, *k.noIdentity = o.ContextTimeoutEnabled, o.DisableIdentity
	*k.maintNotifications = o.MaintNotificationsConfig
	*k.retries, *k.dialRetries = o.MaxRetries, o.DialerRetries
	*k.dial, *k.read, *k.write, *k.pool = o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout
}
