package redisstore

import (
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Modes of an Address.
const (
	ModeSingle   = "single"
	ModeCluster  = "cluster"
	ModeSentinel = "sentinel"
)

// Address says where Redis is, in texts, as an environment or a command line holds them.
type Address struct {
	// URL is in go-redis's forms: redis://[user:password@]host:port[/db], rediss:// for
	// TLS, more nodes or sentinels as ?addr=host:port&addr=host:port. Required.
	URL string
	// Mode is ModeSingle, ModeCluster or ModeSentinel; empty is ModeSingle.
	Mode string
	// Master is the name that the sentinels know the master by; ModeSentinel needs it, the
	// other modes do not look at it.
	Master string
}

// AddressMistake is what is wrong with one field of an Address. It repeats nothing of the
// field's value: a URL holds a password, and what a parser says about one may too.
type AddressMistake struct {
	Field   string // "URL", "Mode" or "Master"
	Problem string
}

// Error names the field and the problem.
func (m AddressMistake) Error() string { return "redisstore: Address." + m.Field + ": " + m.Problem }

// Connector returns what makes clients for the address, tuned as Tune says, or every
// mistake in it. Nothing is sent before a client is used.
func (a Address) Connector() (func() redis.UniversalClient, []AddressMistake) {
	parse, known := parsers[a.Mode]
	if !known {
		return nil, []AddressMistake{{"Mode", "want single, cluster or sentinel"}}
	}
	var mistakes []AddressMistake
	if a.Mode == ModeSentinel && a.Master == "" {
		mistakes = append(mistakes, AddressMistake{"Master", "required with mode sentinel"})
	}
	if a.URL == "" {
		return nil, append(mistakes, AddressMistake{"URL", "required"})
	}
	connect, err := parse(a)
	if err != nil {
		mistakes = append(mistakes, AddressMistake{"URL", urlForms[a.Mode]})
	}
	if mistakes != nil {
		return nil, mistakes
	}
	return connect, nil
}

var parsers = map[string]func(Address) (func() redis.UniversalClient, error){
	"": single, ModeSingle: single, ModeCluster: cluster, ModeSentinel: sentinel,
}

const (
	oneServer   = "not a URL of one server; want redis://user:password@host:port/0 or rediss://..., with special characters of the password %-encoded"
	manyServers = "not a URL of servers; want redis://user:password@host:port?addr=host:port or rediss://..., with special characters of the password %-encoded"
)

var urlForms = map[string]string{"": oneServer, ModeSingle: oneServer, ModeCluster: manyServers, ModeSentinel: manyServers}

func single(a Address) (func() redis.UniversalClient, error) {
	o, err := redis.ParseURL(a.URL)
	if err != nil {
		return nil, err
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewClient(o) }, nil
}

func cluster(a Address) (func() redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(a.URL)
	if err != nil {
		return nil, err
	}
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &o.MaintNotificationsConfig, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewClusterClient(o) }, nil
}

// sentinel takes a URL that names the sentinels.
func sentinel(a Address) (func() redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(a.URL)
	if err != nil {
		return nil, err
	}
	o.MasterName = a.Master
	var none *maintnotifications.Config // a failover client never asks for them
	tune(knobs{
		&o.ContextTimeoutEnabled, &o.DisableIdentity, &none, &o.MaxRetries, &o.DialerRetries,
		&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout, &o.PoolTimeout,
	})
	return func() redis.UniversalClient { return redis.NewFailoverClient(o) }, nil
}

// knobs are the fields that the three kinds of go-redis options have in common and that
// Tune sets. What the URL has set stays.
type knobs struct {
	contextTimeout, noIdentity *bool
	maintNotifications         **maintnotifications.Config
	retries, dialRetries       *int
	dial, read, write, pool    *time.Duration
}

func tune(k knobs) {
	o := redis.UniversalOptions{
		MaintNotificationsConfig: *k.maintNotifications,
		MaxRetries:               *k.retries,
		DialerRetries:            *k.dialRetries,
		DialTimeout:              *k.dial,
		ReadTimeout:              *k.read,
		WriteTimeout:             *k.write,
		PoolTimeout:              *k.pool,
	}
	Tune(&o)
	*k.contextTimeout, *k.noIdentity = o.ContextTimeoutEnabled, o.DisableIdentity
	*k.maintNotifications = o.MaintNotificationsConfig
	*k.retries, *k.dialRetries = o.MaxRetries, o.DialerRetries
	*k.dial, *k.read, *k.write, *k.pool = o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout
}
