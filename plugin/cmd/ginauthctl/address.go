package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

// Values of REDIS_MODE.
const (
	modeSingle   = "single"
	modeCluster  = "cluster"
	modeSentinel = "sentinel"
)

// address is where Redis is, as flags and variables say it.
type address struct {
	url, mode, master, prefix, shards string
}

// filled takes from the environment every value that no flag has set.
func (a address) filled(getenv func(string) string) address {
	a.url = cmp.Or(a.url, getenv("REDIS_URL"))
	a.mode = cmp.Or(a.mode, getenv("REDIS_MODE"), modeSingle)
	a.master = cmp.Or(a.master, getenv("REDIS_MASTER"))
	a.prefix = cmp.Or(a.prefix, getenv("REDIS_PREFIX"))
	a.shards = cmp.Or(a.shards, getenv("REDIS_SHARDS"))
	return a
}

// open connects the store. Nothing is sent before it is used. The error names every mistake
// with its variable and its flag, and repeats no value.
func (a address) open() (*redisstore.Store, func(), error) {
	store, mistakes := a.connect()
	switch {
	case a.mode == modeSentinel && a.master == "":
		mistakes = append(mistakes, mistake("master", "required with mode sentinel"))
	case !slices.Contains([]string{modeSingle, modeCluster, modeSentinel}, a.mode):
		mistakes = append(mistakes, mistake("mode", "want single, cluster or sentinel"))
	}
	closeStore := func() {
		if store != nil {
			_ = store.Close(context.Background()) // the work is done, or has failed
		}
	}
	if mistakes != nil {
		closeStore()
		return nil, nil, usagef("%s", strings.Join(mistakes, "\nginauthctl: "))
	}
	return store, closeStore, nil
}

func mistake(word, problem string) string {
	return "REDIS_" + strings.ToUpper(word) + " or -redis-" + word + ": " + problem
}

func (a address) connect() (store *redisstore.Store, mistakes []string) {
	if a.url == "" {
		return nil, []string{mistake("url", "required")}
	}
	o := redisstore.Options{Prefix: a.prefix, Cluster: a.mode == modeCluster}
	if a.mode == modeSentinel {
		o.Master = cmp.Or(a.master, "missing") // open reports that it is missing
	}
	if a.shards != "" {
		if o.Shards, _ = strconv.Atoi(a.shards); o.Shards < 1 || o.Shards > 256 {
			o.Shards = 0
			mistakes = append(mistakes, mistake("shards", "want a number from 1 to 256"))
		}
	}
	store, err := redisstore.Connect(a.url, o)
	if err == nil {
		if _, cluster := store.Client().(*redis.ClusterClient); a.mode == modeSingle && (cluster || strings.Contains(a.url, "master_name=")) {
			mistakes = append(mistakes, mistake("url", "names more than one server, which REDIS_MODE=single does not allow"))
		}
		return store, mistakes
	}
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "redisstore: ")
		if strings.HasPrefix(line, "Options.Prefix") { // it repeats the prefix
			mistakes = append(mistakes, mistake("prefix", "letters, digits and . _ - : only, at most 64"))
		} else {
			mistakes = append(mistakes, mistake("url", line))
		}
	}
	return nil, mistakes
}
