package main

import (
	"net/url"
	"strings"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

// Values of REDIS_MODE.
const (
	modeSingle   = "single"
	modeCluster  = "cluster"
	modeSentinel = "sentinel"
)

// redis opens the store that the REDIS_ variables name. Nothing is sent yet.
func (e *environment) redis() redisConfig {
	c := redisConfig{
		mode:   e.word("REDIS_MODE", modeSingle, modeCluster, modeSentinel),
		prefix: e.label("REDIS_PREFIX", "ginauth"),
	}
	address, ok := e.redisURL(c.mode)
	if !ok {
		return c
	}
	store, err := redisstore.Connect(address, redisstore.Options{Prefix: c.prefix, Cluster: c.mode == modeCluster})
	if err != nil {
		e.wrong("REDIS_URL", "%s", strings.TrimPrefix(err.Error(), "redisstore: "))
	}
	c.store = store
	return c
}

// redisURL returns the URL for [redisstore.Connect]; ok is false if there is none, or none
// that fits the mode.
func (e *environment) redisURL(mode string) (address string, ok bool) {
	address = e.getenv("REDIS_URL")
	if address == "" {
		if mode != modeSingle {
			e.wrong("REDIS_URL", "required with REDIS_MODE=%s", mode)
		}
		return "", false
	}
	var query url.Values
	if u, err := url.Parse(address); err == nil { // else Connect says what is wrong
		query = u.Query()
	}
	switch {
	case mode == modeSingle && (query.Has("addr") || query.Has("master_name")):
		e.wrong("REDIS_URL", "names more than one server; want REDIS_MODE=cluster or REDIS_MODE=sentinel with it")
		return "", false
	case mode == modeCluster && query.Has("master_name"):
		e.wrong("REDIS_URL", "has a master_name; want REDIS_MODE=sentinel with it")
		return "", false
	case mode == modeSentinel:
		return e.sentinelURL(address), true
	}
	return address, true
}

// sentinelURL adds REDIS_MASTER to the URL of the sentinels.
func (e *environment) sentinelURL(address string) string {
	master := e.text("REDIS_MASTER", "")
	if master == "" {
		e.wrong("REDIS_MASTER", "required with REDIS_MODE=sentinel")
		master = "missing" // so that mistakes in the URL are found too
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + "master_name=" + url.QueryEscape(master)
}
