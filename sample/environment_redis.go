package main

import (
	"errors"
	"net/url"

	"github.com/redis/go-redis/v9"
)

// connector makes a client. No connection is made before it is needed, so a Redis that
// is down does not keep the application from starting.
type connector func() redis.UniversalClient

const (
	modeSingle   = "single"
	modeCluster  = "cluster"
	modeSentinel = "sentinel"
)

func (e *environment) redis() redisConfig {
	c := redisConfig{
		mode:   e.word("REDIS_MODE", modeSingle, modeCluster, modeSentinel),
		prefix: e.label("REDIS_PREFIX", "ginauth"),
	}
	address := e.getenv("REDIS_URL")
	if address == "" {
		if c.mode != modeSingle {
			e.wrong("REDIS_URL", "required with REDIS_MODE=%s", c.mode)
		}
		return c
	}
	var err error
	switch c.mode {
	case modeSingle:
		c.connect, err = single(address)
	case modeCluster:
		c.connect, err = cluster(address)
	case modeSentinel:
		master := e.getenv("REDIS_MASTER")
		if master == "" {
			e.wrong("REDIS_MASTER", "required with REDIS_MODE=sentinel")
		}
		c.connect, err = sentinel(address, master)
	}
	if err != nil {
		e.wrong("REDIS_URL", "%v", withoutURL(err))
	}
	return c
}

// withoutURL drops the address from a parser's error: it may hold a password.
func withoutURL(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		return errors.New("not a URL")
	}
	return err
}
