package redisstore

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
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
// parameters of go-redis, such as read_timeout, take precedence over Tune, but do not make
// connections live longer than Options.ConnLife. Special characters of a password must be
// %-encoded.
//
// The error lists every mistake in the URL and the options. It quotes no part of the URL,
// which may hold a password.
func Connect(url string, o Options) (*Store, error) {
	rdb, closing, err := open(url, o)
	if err != nil {
		_, mistakes := o.settle(o.Cluster)
		return nil, errors.Join(err, mistakes)
	}
	s, err := build(rdb, o)
	if err != nil {
		return nil, errors.Join(err, closing())
	}
	s.closer.own = closing
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

// closing closes all that belongs to a client.
type closing = func() error

// open makes the client for a URL.
func open(text string, o Options) (redis.UniversalClient, closing, error) {
	if text == "" {
		return nil, nil, errNoURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Fragment != "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, nil, errURL
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, nil, errURL
	}
	life := max(cmp.Or(o.ConnLife, redisx.DefaultLife), redisx.MinLife) // New refuses a shorter one
	sentinel := o.Master != "" || q.Has("master_name")
	switch {
	case slices.ContainsFunc(replicaParameters, q.Has):
		return nil, nil, errReplicaReads
	case sentinel && o.Cluster:
		return nil, nil, errClusterSentinel
	case sentinel:
		return openSentinel(text, o.Master, life)
	case q.Has("addr") || o.Cluster:
		if !slices.Contains([]string{"", "/", "/0"}, u.Path) {
			return nil, nil, errClusterURL // go-redis would ignore the database
		}
		return openCluster(text, life)
	default:
		return openServer(text, life)
	}
}

func openServer(text string, life time.Duration) (redis.UniversalClient, closing, error) {
	o, err := redis.ParseURL(text)
	if err != nil {
		return nil, nil, errURL
	}
	redisx.OfServer(o).TuneWithin(life)
	return safely(func() (redis.UniversalClient, closing) {
		c := redis.NewClient(o)
		return c, c.Close
	})
}

func openCluster(text string, life time.Duration) (redis.UniversalClient, closing, error) {
	o, err := redis.ParseClusterURL(text)
	if err != nil || slices.ContainsFunc(o.Addrs, hasUser) {
		return nil, nil, errClusterURL
	}
	redisx.OfCluster(o).TuneWithin(life)
	return safely(func() (redis.UniversalClient, closing) {
		tryPool(o)
		c := redis.NewClusterClient(o)
		return c, c.Close
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

func openSentinel(text, master string, life time.Duration) (redis.UniversalClient, closing, error) {
	o, err := redis.ParseFailoverURL(text)
	if err != nil || slices.ContainsFunc(o.SentinelAddrs, hasUser) || master == "" && o.MasterName == "" {
		return nil, nil, errSentinelURL
	}
	if master != "" && o.MasterName != "" && o.MasterName != master {
		return nil, nil, errTwoMasters
	}
	o.MasterName = cmp.Or(master, o.MasterName)
	redisx.OfSentinel(o).TuneWithin(life)
	return safely(func() (redis.UniversalClient, closing) {
		c, closeBoth := redisx.SentinelClient(o)
		return c, closeBoth
	})
}

// hasUser reports whether an address holds a user or a password, which errors of dialling would
// repeat.
func hasUser(addr string) bool { return strings.Contains(addr, "@") }

// safely makes a client. go-redis panics on numbers that are out of range.
func safely(client func() (redis.UniversalClient, closing)) (rdb redis.UniversalClient, end closing, err error) {
	defer func() {
		if recover() != nil {
			err = errURLRange
		}
	}()
	rdb, end = client()
	return rdb, end, nil
}
