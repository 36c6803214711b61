package redisx

import (
	"crypto/tls"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Knobs are the settings that matter here, and that the kinds of go-redis options share.
type Knobs struct {
	ContextTimeout, NoIdentity             *bool
	Quiet                                  **maintnotifications.Config // nil: a client that never asks for notifications
	TLS                                    **tls.Config
	Retries, DialRetries, PipelinePool     *int
	Dial, Read, Write, Pool, Life, LifeVar *time.Duration
}

// OfUniversal returns the knobs of universal options.
func OfUniversal(o *redis.UniversalOptions) Knobs {
	return Knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.TLSConfig,
		&o.MaxRetries, &o.DialerRetries, &o.PipelinePoolSize,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.ConnMaxLifetime, &o.ConnMaxLifetimeJitter,
	}
}

// OfServer returns the knobs of the options for one server.
func OfServer(o *redis.Options) Knobs {
	return Knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.TLSConfig,
		&o.MaxRetries, &o.DialerRetries, &o.PipelinePoolSize,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.ConnMaxLifetime, &o.ConnMaxLifetimeJitter,
	}
}

// OfCluster returns the knobs of the options for a Cluster.
func OfCluster(o *redis.ClusterOptions) Knobs {
	return Knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.TLSConfig,
		&o.MaxRetries, &o.DialerRetries, &o.PipelinePoolSize,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.ConnMaxLifetime, &o.ConnMaxLifetimeJitter,
	}
}

// OfSentinel returns the knobs of the options for a master behind Sentinel.
func OfSentinel(o *redis.FailoverOptions) Knobs {
	return Knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, nil, &o.TLSConfig,
		&o.MaxRetries, &o.DialerRetries, &o.PipelinePoolSize,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout, &o.ConnMaxLifetime, &o.ConnMaxLifetimeJitter,
	}
}

// Tune turns context deadlines on, and commands at connection time and the pool for pipelines
// off. What is zero besides gets the value that suits a store whose connections live for life.
func (k Knobs) Tune(life time.Duration) {
	*k.ContextTimeout, *k.NoIdentity, *k.PipelinePool = true, true, -1
	if k.Quiet != nil && *k.Quiet == nil {
		*k.Quiet = noNotifications()
	}
	k.resumeTLS()
	setDefault(k.Retries, 1)
	setDefault(k.DialRetries, 1)
	setDefault(k.Dial, dialTime)
	setDefault(k.Read, time.Second)
	setDefault(k.Write, time.Second)
	setDefault(k.Pool, time.Second)
	if *k.Life == 0 {
		*k.Life, *k.LifeVar = span(life - min(*k.Dial, life/2))
	}
}

// resumeTLS makes later handshakes cheap for the server. A configuration that is the caller's
// is not changed but replaced by a copy.
func (k Knobs) resumeTLS() {
	if c := *k.TLS; c != nil && c.ClientSessionCache == nil && !c.SessionTicketsDisabled {
		c = c.Clone()
		c.ClientSessionCache = tls.NewLRUClientSessionCache(0)
		*k.TLS = c
	}
}

func noNotifications() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
