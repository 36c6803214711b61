package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redisx"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestConnectMakesATunedClientOfTheURLsForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url     string
		cluster bool
		kind    string
		master  string
	}{
		{"redis://user:pass@127.0.0.1:1/2", false, "server", ""},
		{"rediss://127.0.0.1:1?read_timeout=7s", false, "server", ""},
		{"redis://127.0.0.1:1?dial_timeout=7s&conn_max_lifetime=1h&conn_max_lifetime_jitter=1h", false, "server", ""},
		{"redis://127.0.0.1:1?addr=127.0.0.1:2&dial_timeout=7s&conn_max_lifetime=-1", false, "cluster", ""},
		{"redis://127.0.0.1:1?master_name=main&dial_timeout=7s&conn_max_lifetime=1h", false, "sentinel", ""},
		{"redis://:p%40ss@[::1]:1", false, "server", ""},
		{"redis://127.0.0.1:1?addr=127.0.0.1:2", false, "cluster", ""},
		{"redis://127.0.0.1:1?addr=127.0.0.1:2", true, "cluster", ""},
		{"redis://127.0.0.1:1/0?addr=127.0.0.1:2&addr=127.0.0.1:3", false, "cluster", ""},
		{"rediss://127.0.0.1:1", true, "cluster", ""},
		{"redis://127.0.0.1:1?master_name=main", false, "sentinel", ""},
		{"redis://127.0.0.1:1", false, "sentinel", "main"},
		{"redis://127.0.0.1:1?addr=127.0.0.1:2&master_name=main", false, "sentinel", "main"},
		{"redis://127.0.0.1:1/3?addr=127.0.0.1:2&master_name=main", false, "sentinel", ""},
	} {
		s, err := redisstore.Connect(c.url, redisstore.Options{Cluster: c.cluster, Master: c.master})
		if err != nil {
			t.Fatal(c.url, err)
		}
		t.Cleanup(func() { _ = s.Close(t.Context()) })
		read := time.Second
		if strings.Contains(c.url, "read_timeout") {
			read = 7 * time.Second // the URL takes precedence
		}
		if _, copied := redisx.Following(s.Client(), s.Doubt()); copied {
			t.Errorf("%s: connections live too long", c.url)
		}
		switch rdb := s.Client().(type) {
		case *redis.Client:
			kind := "server"
			if rdb.Options().Addr == "FailoverClient" {
				kind = "sentinel"
			}
			if o := rdb.Options(); c.kind != kind || o.MaxRetries != 1 || o.ReadTimeout != read || !o.ContextTimeoutEnabled || s.Shards() != 1 {
				t.Errorf("%s: a %s, %+v", c.url, kind, o)
			}
		case *redis.ClusterClient:
			if o := rdb.Options(); c.kind != "cluster" || len(o.Addrs) != 1+strings.Count(c.url, "addr=") || o.ReadTimeout != read || !o.ContextTimeoutEnabled || s.Shards() != 64 {
				t.Errorf("%s: %+v", c.url, o)
			}
		default:
			t.Errorf("%s: %T", c.url, rdb)
		}
	}
}

// canary is a password, also in places where one may end up by mistake.
const canary = "canary"

func TestAMistakeInAURLSaysTheFormAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url     string
		cluster bool
		say     string
	}{
		{"", false, "redis://user:password@host:port/0"},
		{"", false, "no URL"},
		{"", true, "no URL"},
		{"canary", false, "redis://user:password@host:port/0"},
		{"canary:6379", false, "redis://user:password@host:port/0"},
		{"redis:canary:6379", false, "redis://user:password@host:port/0"},
		{"redis:///canary", false, "redis://user:password@host:port/0"},
		{"redis://:canary@", false, "redis://user:password@host:port/0"},
		{"redis://:canary@%zz", false, "redis://user:password@host:port/0"},
		{"redis://:canary#x@127.0.0.1:1", false, "redis://user:password@host:port/0"},
		{"redis://:1/canary@127.0.0.1:1", false, "redis://user:password@host:port/0"},
		{"canary://127.0.0.1", false, "redis://user:password@host:port/0"},
		{"redis://127.0.0.1:1/canary", false, "redis://user:password@host:port/0"},
		{"redis://127.0.0.1:1?canary=1", false, "redis://user:password@host:port/0"},
		{"redis://127.0.0.1:1?canary=1", false, "only parameters of go-redis"},
		{"redis://127.0.0.1:1?%zz=canary", false, "redis://user:password@host:port/0"},
		{"redis://127.0.0.1:1?read_timeout=canary", false, "redis://user:password@host:port/0"},
		{"redis://127.0.0.1:1?addr=canary", false, "?addr=host:port"},
		{"redis://127.0.0.1:1?addr=canary@127.0.0.1:2", false, "?addr=host:port"},
		{"redis://127.0.0.1:1?canary=1", true, "?addr=host:port"},
		{"redis://:canary@127.0.0.1:1/7", true, "?addr=host:port"},
		{"redis://127.0.0.1:1/canary?master_name=main", false, "master_name=NAME"},
		{"redis://:canary@127.0.0.1:1?master_name=", false, "master_name=NAME"},
		{"redis://127.0.0.1:1?master_name=main&addr=canary", false, "master_name=NAME"},
		{"redis://127.0.0.1:1?master_name=main&addr=canary@127.0.0.1:2", false, "master_name=NAME"},
		{"redis://127.0.0.1:1?master_name=canary", true, "a Cluster has no master_name"},
		{"redis://:canary@127.0.0.1:1?master_name=main&route_by_latency=true", false, "replicas"},
		{"redis://:canary@127.0.0.1:1?master_name=main&route_randomly=1", false, "replicas"},
		{"redis://:canary@127.0.0.1:1?master_name=main&replica_only=1", false, "replicas"},
		{"redis://:canary@127.0.0.1:1?addr=127.0.0.1:2&read_only=1", false, "replicas"},
		{"redis://:canary@127.0.0.1:1?pool_size=99999999999", false, "pool_size"},
		{"redis://:canary@127.0.0.1:1?pool_size=99999999999", true, "pool_size"},
		{"redis://:canary@127.0.0.1:1?addr=127.0.0.1:2&pool_size=-1", false, "pool_size"},
		{"redis://:canary@127.0.0.1:1?addr=127.0.0.1:2&min_idle_conns=99999999999", false, "out of its range"},
		{"redis://:canary@127.0.0.1:1?master_name=main&min_idle_conns=99999999999", false, "out of its range"},
	} {
		s, err := redisstore.Connect(c.url, redisstore.Options{Cluster: c.cluster})
		if s != nil || err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%q: %v, want an error that says %q", c.url, err, c.say)
			continue
		}
		for _, part := range []string{canary, "127.0.0.1", "main", "\n"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%q: the error repeats %q: %v", c.url, part, err)
			}
		}
	}
}

func TestTwoNamesOfTheMasterAreAMistake(t *testing.T) {
	t.Parallel()
	s, err := redisstore.Connect("redis://127.0.0.1:1?master_name=canary", redisstore.Options{Master: "main"})
	if s != nil || err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("%v, %v", s, err)
	}
}

func TestConnectKeepsConnectionsForTheLifeThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"redis://127.0.0.1:1", "redis://127.0.0.1:1?master_name=main"} {
		for _, life := range []time.Duration{200 * time.Millisecond, 2 * time.Second, time.Hour} {
			s, err := redisstore.Connect(url, redisstore.Options{ConnLife: life})
			must(t, err)
			t.Cleanup(func() { _ = s.Close(t.Context()) })
			o := s.Client().(*redis.Client).Options()
			longest := o.ConnMaxLifetime + o.ConnMaxLifetimeJitter + o.DialTimeout
			if longest > life || longest < life*9/10 {
				t.Errorf("%s: %v for %v", url, longest, life)
			}
		}
	}
}

func TestConnectReportsEveryMistakeAtOnce(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"canary", "redis://127.0.0.1:1?pool_size=7"} {
		_, err := redisstore.Connect(url, redisstore.Options{Shards: 257, Timeout: time.Millisecond, WaitReplicas: -1, Prefix: "{}"})
		for _, field := range []string{"Options.Shards", "Options.Timeout", "Options.WaitReplicas", "Options.Prefix"} {
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("%s: %v does not name %s", url, err, field)
			}
		}
		if strings.Contains(err.Error(), "URL") != (url == canary) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestConnectWorksAndCloses(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	s, err := redisstore.Connect("redis://"+server.Addr()+"/0", redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sess := login(t, s, "carol")
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), sess.ID); !isUnavailable(err) {
		t.Errorf("Get after Close: %v", err)
	}
	if err := s.Check(t.Context(), session.Probe{ID: sess.ID, Subject: "carol"}); !isUnavailable(err) {
		t.Errorf("Check after Close: %v", err)
	}
	if err := s.Client().Ping(t.Context()).Err(); err == nil {
		t.Error("the client is still open")
	}
}
