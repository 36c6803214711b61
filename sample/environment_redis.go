package main

import (
	"regexp"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

// prefixes are those that redisstore takes.
var prefixes = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,64}$`)

// addressVariables hold the fields of an address.
var addressVariables = map[string]string{"URL": "REDIS_URL", "Mode": "REDIS_MODE", "Master": "REDIS_MASTER"}

func (e *environment) redis() redisConfig {
	c := redisConfig{
		mode:   e.word("REDIS_MODE", redisstore.ModeSingle, redisstore.ModeCluster, redisstore.ModeSentinel),
		prefix: e.text("REDIS_PREFIX", "ginauth"),
	}
	if !prefixes.MatchString(c.prefix) {
		e.wrong("REDIS_PREFIX", "letters, digits and . _ - : only, at most 64")
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
