package main

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

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
	url, mode, master, prefix string
}

// fill takes from the environment what no flag has set.
func (a *address) fill(getenv func(string) string) {
	a.url = cmp.Or(a.url, getenv("REDIS_URL"))
	a.mode = cmp.Or(a.mode, getenv("REDIS_MODE"), modeSingle)
	a.master = cmp.Or(a.master, getenv("REDIS_MASTER"))
	a.prefix = cmp.Or(a.prefix, getenv("REDIS_PREFIX"))
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
	target, problem := a.target()
	if problem != "" {
		return nil, []string{mistake("url", problem)}
	}
	store, err := redisstore.Connect(target, redisstore.Options{Prefix: a.prefix, Cluster: a.mode == modeCluster})
	if err == nil {
		return store, nil
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

// target returns the URL for [redisstore.Connect], or a problem of the URL with the mode.
// Other mistakes in the URL are found there.
func (a address) target() (target, problem string) {
	if a.url == "" {
		return "", "required"
	}
	var query url.Values
	if u, err := url.Parse(a.url); err == nil {
		query = u.Query()
	}
	switch {
	case a.mode == modeSingle && (query.Has("addr") || query.Has("master_name")):
		return "", "names more than one server, which REDIS_MODE=single does not allow"
	case a.mode == modeCluster && query.Has("master_name"):
		return "", "has a master_name, which REDIS_MODE=cluster does not allow"
	case a.mode == modeSentinel:
		name := url.QueryEscape(cmp.Or(a.master, "missing")) // open reports that it is missing
		if strings.Contains(a.url, "?") {
			return a.url + "&master_name=" + name, ""
		}
		return a.url + "?master_name=" + name, ""
	}
	return a.url, ""
}
