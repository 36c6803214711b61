package redisstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// Each dial asks a sentinel, and go-redis asks a silent one for ever if dialling may take no
// longer than its answer: the host of one sentinel dies, and with it the whole store.
func TestASilentSentinelIsLeft(t *testing.T) {
	t.Parallel()
	rig := redistest.Sentinel(t, 1)
	connected, err := redisstore.Connect("redis://"+rig.Addrs[0]+"?addr="+strings.Join(rig.Addrs[1:], "&addr=")+"&master_name="+redistest.MasterName,
		redisstore.Options{ConnLife: time.Second})
	must(t, err)
	defer connected.Close(context.Background())
	stores := map[string]*redisstore.Store{
		"connected": connected,
		"tuned": newStore(t, rig.Client(t, func(o *redis.UniversalOptions) {
			redisstore.Tune(o)
			o.ReadTimeout = 500 * time.Millisecond
		}), redisstore.Options{}),
		"copied": newStore(t, rig.Client(t, func(o *redis.UniversalOptions) {
			o.ReadTimeout, o.MaxRetries = 500*time.Millisecond, 1
		}), redisstore.Options{}),
	}
	for _, s := range stores {
		must(t, s.Ping(t.Context()))
	}
	for _, sentinel := range rig.Sentinels { // one of them is in use
		sentinel.Pause()
		time.Sleep(2 * time.Second) // every connection is dialled again
		for name, s := range stores {
			began := time.Now()
			for err := s.Ping(t.Context()); err != nil; err = s.Ping(t.Context()) {
				if time.Since(began) > 15*time.Second {
					t.Fatalf("%s: no master for %v: %v", name, time.Since(began), err)
				}
			}
			t.Logf("%s: without a master for %v", name, time.Since(began))
		}
		sentinel.Resume()
	}
}
