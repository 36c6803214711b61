package main

import (
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

// Values of REDIS_MODE.
const (
	modeSingle   = "single"
	modeCluster  = "cluster"
	modeSentinel = "sentinel"
)

const (
	longestLife  = 2 * time.Second // of a connection to Redis
	shortestLife = 200 * time.Millisecond
	livesPerCopy = 4 // in MAX_STALENESS
)

// staleness reads MAX_STALENESS. A proof that the copy is in step is worth nothing for the life
// of a connection to Redis, which is a fourth of it, and at most half.
func (e *environment) staleness() time.Duration {
	least := 10 * time.Millisecond
	if e.getenv("REDIS_URL") != "" {
		least = 2 * shortestLife
	}
	return e.duration("MAX_STALENESS", 5*time.Second, least)
}

// connLife returns how long a connection to Redis lives, so that a name that moves to another
// server is followed well within the staleness.
func connLife(staleness time.Duration) time.Duration {
	return min(longestLife, max(shortestLife, staleness/livesPerCopy))
}

// redis opens the store that the REDIS_ variables name, or none without REDIS_URL. Nothing is
// sent yet.
func (e *environment) redis(staleness time.Duration) redisConfig {
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
	e.judgeAddress("REDIS_URL", address)
	store, err := redisstore.Connect(address, redisstore.Options{
		Prefix: c.prefix, Cluster: c.mode == modeCluster, Master: e.master(c.mode), ConnLife: connLife(staleness),
	})
	if err != nil {
		e.wrong("REDIS_URL", "%s", strings.TrimPrefix(err.Error(), "redisstore: "))
		return c
	}
	if _, cluster := store.Client().(*redis.ClusterClient); c.mode == modeSingle && (cluster || strings.Contains(address, "master_name=")) {
		e.wrong("REDIS_URL", "names more than one server; want REDIS_MODE=cluster or REDIS_MODE=sentinel with it")
	}
	c.store = store
	return c
}

// master returns the name of Sentinel's master, "" in other modes.
func (e *environment) master(mode string) string {
	if mode != modeSentinel {
		return ""
	}
	name := e.text("REDIS_MASTER", "")
	if name == "" {
		e.wrong("REDIS_MASTER", "required with REDIS_MODE=sentinel")
		return "missing" // so that Connect still finds mistakes in the URL
	}
	return name
}
