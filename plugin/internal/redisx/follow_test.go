package redisx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
)

func TestOnlyKnownTypesOfClientsAreTaken(t *testing.T) {
	t.Parallel()
	one := redis.NewClient(&redis.Options{})
	many := redis.NewClusterClient(&redis.ClusterOptions{})
	ring := redis.NewRing(&redis.RingOptions{})
	for _, c := range []redis.UniversalClient{one, many, ring} {
		defer c.Close()
	}
	for _, rdb := range []redis.UniversalClient{
		nil, (*redis.Client)(nil), (*redis.ClusterClient)(nil), (*redis.Ring)(nil), ring,
		struct{ redis.UniversalClient }{one}, struct{ *redis.Client }{one}, &struct{ *redis.ClusterClient }{many},
	} {
		if redisx.Check(rdb) == nil {
			t.Errorf("took %T", rdb)
		}
	}
	for _, rdb := range []redis.UniversalClient{one, many} {
		if err := redisx.Check(rdb); err != nil {
			t.Errorf("%T: %v", rdb, err)
		}
		redisx.Reload(rdb) // for a single server nothing to do
	}
}

func tuned(change func(*redis.UniversalOptions)) *redis.UniversalOptions {
	o := &redis.UniversalOptions{Addrs: []string{"127.0.0.1:1"}}
	redisx.OfUniversal(o).Tune(redisx.DefaultLife)
	if change != nil {
		change(o)
	}
	return o
}

func TestAClientThatFollowsIsUsedAndAnyOtherCopied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o    *redis.UniversalOptions
		life time.Duration
		kept bool
	}{
		"tuned":             {tuned(nil), redisx.DefaultLife, true},
		"tuned, long life":  {tuned(nil), time.Hour, true},
		"tuned, short life": {tuned(nil), redisx.MinLife, false},
		"own pool":          {tuned(func(o *redis.UniversalOptions) { o.PipelinePoolSize = 5 }), redisx.DefaultLife, true},
		"go-redis's":        {&redis.UniversalOptions{}, time.Hour, false},
		"no deadlines":      {tuned(func(o *redis.UniversalOptions) { o.ContextTimeoutEnabled = false }), time.Hour, false},
		"endless life":      {tuned(func(o *redis.UniversalOptions) { o.ConnMaxLifetime = 0 }), time.Hour, false},
		"too long a life":   {tuned(func(o *redis.UniversalOptions) { o.ConnMaxLifetime = time.Hour }), time.Hour, false},
		"too much jitter":   {tuned(func(o *redis.UniversalOptions) { o.ConnMaxLifetimeJitter = time.Second }), redisx.DefaultLife, false},
		"long dialling":     {tuned(func(o *redis.UniversalOptions) { o.DialTimeout = time.Second }), redisx.DefaultLife, false},
		"endless dialling":  {tuned(func(o *redis.UniversalOptions) { o.DialTimeout = -1 }), redisx.DefaultLife, false},
		"endless jitter": {tuned(func(o *redis.UniversalOptions) {
			o.ConnMaxLifetime, o.ConnMaxLifetimeJitter = time.Hour, time.Hour
		}), 90 * time.Minute, false},
	} {
		for kind, rdb := range map[string]redis.UniversalClient{
			"server": redis.NewClient(c.o.Simple()), "Cluster": redis.NewClusterClient(c.o.Cluster()), "Sentinel": redis.NewFailoverClient(c.o.Failover()),
		} {
			got, copied := redisx.Following(rdb, c.life)
			if copied == c.kept || (got == rdb) != c.kept {
				t.Errorf("%s, %s: copied %v", name, kind, copied)
			}
			if again, copied := redisx.Following(got, c.life); copied || again != got {
				t.Errorf("%s, %s: the copy does not follow", name, kind)
			}
			_ = got.Close()
			_ = rdb.Close()
		}
	}
}

func TestACopyKeepsWhatItsClientWasToldNotToDo(t *testing.T) {
	t.Parallel()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, MinRetryBackoff: -1, MaxRetryBackoff: -1, DB: 3, Password: "p"})
	defer rdb.Close()
	c := redisx.Copy(rdb, time.Second, 0).(*redis.Client)
	defer c.Close()
	if o := c.Options(); o.MaxRetries != 0 || o.MinRetryBackoff != 0 || o.MaxRetryBackoff != 0 || o.DB != 3 || o.Password != "p" || o.DialerRetries != 1 {
		t.Errorf("%+v", o)
	}
	if rdb.Options().ConnMaxLifetime != 0 || rdb.Options().ContextTimeoutEnabled {
		t.Error("the client itself was changed")
	}
	many := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, MaxRedirects: -1})
	defer many.Close()
	m := redisx.Copy(many, time.Second, 7).(*redis.ClusterClient)
	defer m.Close()
	if o := m.Options(); o.MaxRedirects != 0 || o.PoolSize != 7 || o.ConnMaxLifetime+o.ConnMaxLifetimeJitter+o.DialTimeout > time.Second {
		t.Errorf("%+v", o)
	}
}

// The time limit of go-redis's own dialer is that of the options it was made from.
func TestACopyDialsNoLongerThanItsLifeAllows(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	rdb := redis.NewClient(&redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
		<-release
		return nil, net.ErrClosed
	}})
	defer rdb.Close()
	defer close(release)
	c := redisx.Copy(rdb, redisx.MinLife, 0)
	defer c.Close()
	began := time.Now()
	if err := c.Ping(t.Context()).Err(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if took := time.Since(began); took > 20*redisx.MinLife { // four tries and their pauses
		t.Errorf("took %v", took)
	}
}

func TestTuneMakesTLSResumable(t *testing.T) {
	t.Parallel()
	mine := &tls.Config{ServerName: "redis.example"}
	o := tuned(nil)
	o.TLSConfig = mine
	redisx.OfUniversal(o).Tune(redisx.DefaultLife)
	if o.TLSConfig == mine || mine.ClientSessionCache != nil || o.TLSConfig.ClientSessionCache == nil || o.TLSConfig.ServerName != "redis.example" {
		t.Error("want a copy with a cache")
	}
	kept := o.TLSConfig
	if redisx.OfUniversal(o).Tune(redisx.DefaultLife); o.TLSConfig != kept {
		t.Error("a cache was replaced")
	}
	off := &tls.Config{SessionTicketsDisabled: true}
	o.TLSConfig = off
	if redisx.OfUniversal(o).Tune(redisx.DefaultLife); o.TLSConfig != off {
		t.Error("resumption was forced")
	}
}
