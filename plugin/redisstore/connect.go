package redisstore

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Connect makes a store on a client of its own, opened from a URL and tuned as [Tune] says.
// It sends nothing; [Store.Close] closes the client. The forms of the URL:
//
//	redis://[user:password@]host:port[/db]                  one server
//	redis://[user:password@]host:port?addr=host:port        Cluster; names some of its nodes
//	redis://host:port?addr=host:port&master_name=NAME       Sentinel; names the sentinels
//
// rediss:// is the same with TLS. addr may be repeated; Sentinel needs none. Options.Cluster
// makes the first form a Cluster of which the URL names one node, and Options.Master does the
// same as master_name. Behind Sentinel the user and password in front of the host are those of
// the sentinels; the parameters username and password are those of the servers. Other
// parameters of go-redis, such as read_timeout, take precedence over Tune. Special characters
// of a password must be %-encoded.
//
// The error lists every mistake in the URL and the options. It quotes no part of the URL,
// which may hold a password.
func Connect(url string, o Options) (*Store, error) {
	rdb, err := open(url, o.Cluster, o.Master)
	if err != nil {
		_, mistakes := o.settle(o.Cluster)
		return nil, errors.Join(err, mistakes)
	}
	s, err := New(rdb, o)
	if err != nil {
		return nil, errors.Join(err, rdb.Close())
	}
	s.closer.own = rdb
	return s, nil
}

// Mistakes in a URL. A parser's message is dropped, because it quotes what it could not read.
var (
	errNoURL = errors.New("redisstore: no URL; want rediss://... or redis://user:password@host:port/0")
	errURL   = errors.New("redisstore: not a URL of one server; want redis://user:password@host:port/0 or rediss://..., " +
		"only parameters of go-redis, special characters of the password %-encoded")
	errClusterURL = errors.New("redisstore: not a URL of a Cluster; want redis://user:password@host:port?addr=host:port or rediss://..., " +
		"no database but 0, only parameters of go-redis, special characters of the password %-encoded")
	errSentinelURL = errors.New("redisstore: not a URL of sentinels; want redis://host:port?addr=host:port&master_name=NAME or rediss://..., " +
		"only parameters of go-redis, special characters of the password %-encoded")
	errClusterSentinel = errors.New("redisstore: a Cluster has no master_name; want a Cluster or a master behind Sentinel, not both")
	errTwoMasters      = errors.New("redisstore: Options.Master and the master_name of the URL differ")
	errReplicaReads    = errors.New("redisstore: the URL makes the client read from replicas; remove read_only, replica_only, " +
		"use_disconnected_replicas, route_by_latency and route_randomly")
	errURLRange = errors.New("redisstore: a number in the URL is out of its range, such as pool_size")
)

// replicaParameters are those that make go-redis read from replicas, or panic behind Sentinel.
var replicaParameters = []string{"read_only", "replica_only", "use_disconnected_replicas", "route_by_latency", "route_randomly"}

// open makes the client for a URL.
func open(text string, cluster bool, master string) (redis.UniversalClient, error) {
	if text == "" {
		return nil, errNoURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, errURL
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errURL
	}
	sentinel := master != "" || q.Has("master_name")
	switch {
	case slices.ContainsFunc(replicaParameters, q.Has):
		return nil, errReplicaReads
	case sentinel && cluster:
		return nil, errClusterSentinel
	case sentinel:
		return openSentinel(text, master)
	case q.Has("addr") || cluster:
		if !slices.Contains([]string{"", "/", "/0"}, u.Path) {
			return nil, errClusterURL // go-redis would ignore the database
		}
		return openCluster(text)
	default:
		return openServer(text)
	}
}

func openServer(text string) (redis.UniversalClient, error) {
	o, err := redis.ParseURL(text)
	if err != nil {
		return nil, errURL
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return build(func() redis.UniversalClient { return redis.NewClient(o) })
}

func openCluster(text string) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(text)
	if err != nil || slices.ContainsFunc(o.Addrs, hasUser) {
		return nil, errClusterURL
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return build(func() redis.UniversalClient {
		tryPool(o)
		return redis.NewClusterClient(o)
	})
}

// tryPool makes a client with the pool that those of the nodes will have, so that numbers out of
// range show now and not at the first call, where the panic would be a goroutine's.
func tryPool(o *redis.ClusterOptions) {
	never := func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	_ = redis.NewClient(&redis.Options{
		PoolSize: o.PoolSize, MaxConcurrentDials: o.MaxConcurrentDials, MinIdleConns: o.MinIdleConns,
		MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns, Dialer: never,
	}).Close()
}

func openSentinel(text, master string) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(text)
	if err != nil || slices.ContainsFunc(o.SentinelAddrs, hasUser) || master == "" && o.MasterName == "" {
		return nil, errSentinelURL
	}
	if master != "" && o.MasterName != "" && o.MasterName != master {
		return nil, errTwoMasters
	}
	o.MasterName = cmp.Or(master, o.MasterName)
	var none *maintnotifications.Config // a failover client never asks for them
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &none, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return build(func() redis.UniversalClient { return redis.NewFailoverClient(o) })
}

// hasUser reports whether an address holds a user or a password, which errors of dialling would
// repeat.
func hasUser(addr string) bool { return strings.Contains(addr, "@") }

// build makes a client. go-redis panics on numbers that are out of range.
func build(client func() redis.UniversalClient) (rdb redis.UniversalClient, err error) {
	defer func() {
		if recover() != nil {
			err = errURLRange
		}
	}()
	return client(), nil
}
