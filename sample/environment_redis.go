package main

import (
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// addressVariables hold the fields of an address.
var addressVariables = map[string]string{"URL": "REDIS_URL", "Mode": "REDIS_MODE", "Master": "REDIS_MASTER"}

func (e *environment) redis() redisConfig {
	c := redisConfig{
		mode:   e.word("REDIS_MODE", redisstore.ModeSingle, redisstore.ModeCluster, redisstore.ModeSentinel),
		prefix: e.label("REDIS_PREFIX", "ginauth"),
	}
	a := redisstore.Address{URL: e.getenv("REDIS_URL"), Mode: c.mode, Master: e.text("REDIS_MASTER", "")}
	if a.URL == "" {
		if c.mode != redisstore.ModeSingle {
			e.wrong("REDIS_URL", "required with REDIS_MODE=%s", c.mode)
		}
		return c
	}
	connect, mistakes := a.Connector()
	for _, m := range mistakes {
		e.wrong(addressVariables[m.Field], "%s", m.Problem)
	}
	c.connect = connect
	return c
}
