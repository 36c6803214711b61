package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/redisstore"
)

func TestAnAddressMakesTunedClientsOfItsMode(t *testing.T) {
	t.Parallel()
	for _, a := range []redisstore.Address{
		{URL: "redis://user:pass@127.0.0.1:1/2"},
		{URL: "rediss://127.0.0.1:1?read_timeout=7s", Mode: redisstore.ModeSingle},
		{URL: "redis://127.0.0.1:1?addr=127.0.0.1:2", Mode: redisstore.ModeCluster},
		{URL: "redis://127.0.0.1:1?addr=127.0.0.1:2", Mode: redisstore.ModeSentinel, Master: "main"},
	} {
		connect, mistakes := a.Connector()
		if mistakes != nil {
			t.Fatal(a, mistakes)
		}
		rdb := connect()
		t.Cleanup(func() { _ = rdb.Close() })
		read := time.Second
		if strings.Contains(a.URL, "read_timeout") {
			read = 7 * time.Second // what the URL says stays
		}
		switch c := rdb.(type) {
		case *redis.Client:
			if o := c.Options(); a.Mode == redisstore.ModeCluster || o.MaxRetries != 1 || o.ReadTimeout != read || !o.ContextTimeoutEnabled {
				t.Errorf("%s: %+v", a.Mode, o)
			}
		case *redis.ClusterClient:
			if o := c.Options(); a.Mode != redisstore.ModeCluster || len(o.Addrs) != 2 || o.ReadTimeout != read || !o.ContextTimeoutEnabled {
				t.Errorf("%s: %+v", a.Mode, o)
			}
		default:
			t.Errorf("%s: %T", a.Mode, rdb)
		}
	}
}

func TestEveryMistakeInAnAddressIsToldAndNoValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address redisstore.Address
		fields  string
	}{
		{redisstore.Address{}, "URL"},
		{redisstore.Address{URL: "redis://127.0.0.1:1", Mode: "canary"}, "Mode"},
		{redisstore.Address{URL: "redis://127.0.0.1:1", Mode: redisstore.ModeSentinel}, "Master"},
		{redisstore.Address{Mode: redisstore.ModeSentinel}, "Master URL"},
		{redisstore.Address{URL: "redis://:canary@%zz"}, "URL"},
		{redisstore.Address{URL: "redis://:1/canary@127.0.0.1:1"}, "URL"},
		{redisstore.Address{URL: "canary://127.0.0.1"}, "URL"},
		{redisstore.Address{URL: "redis://127.0.0.1:1?addr=127.0.0.1:2"}, "URL"},
		{redisstore.Address{URL: "redis://127.0.0.1:1?canary=1", Mode: redisstore.ModeCluster}, "URL"},
		{redisstore.Address{URL: "redis://127.0.0.1:1/canary", Mode: redisstore.ModeSentinel, Master: "main"}, "URL"},
	} {
		connect, mistakes := c.address.Connector()
		var fields []string
		for _, m := range mistakes {
			fields = append(fields, m.Field)
			if strings.Contains(m.Error(), "canary") || m.Problem == "" {
				t.Errorf("%v", m)
			}
		}
		if connect != nil || strings.Join(fields, " ") != c.fields {
			t.Errorf("%+v: %v, want %s", c.address, mistakes, c.fields)
		}
	}
}
