//go:build unix

package ginauth_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// S23: a reader of Redis finds no token, no useful part of one, and nothing to make one from.
func TestNothingInRedisIsATokenOrPartOfOne(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	store := redisstore.Must(redisstore.New(rdb, redisstore.Options{}))
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	app := authtest.On(t, authtest.NewClock(), store, withCSRF)
	b := loginInBrowser(t, app, "user1")
	next := browserOf(t, app.Do(http.MethodPost, "/refresh", b.cookies(), showing(b.csrf)))
	dead := loginInBrowser(t, app, "user2")
	wantStatus(t, app.Do(http.MethodPost, "/logout", dead.cookies(), showing(dead.csrf)), http.StatusOK)
	var parts []string
	for _, one := range []browser{b, next, dead} {
		signature := one.access[strings.LastIndexByte(one.access, '.')+1:]
		parts = append(parts, one.access, signature, one.refresh, one.refresh[len(one.refresh)-20:], one.csrf, authtest.Secret)
	}
	content := everythingIn(t, rdb)
	if !strings.Contains(content, "user1") || !strings.Contains(content, "ginauth:{0}:s:") {
		t.Fatal("this is not what the store holds: ", content)
	}
	for _, part := range parts {
		if strings.Contains(content, part) {
			t.Errorf("Redis holds %q", part)
		}
	}
}

// everythingIn returns all keys and values of a Redis.
func everythingIn(t *testing.T, rdb redis.UniversalClient) string {
	t.Helper()
	var all strings.Builder
	note := func(values ...string) { all.WriteString(strings.Join(values, "\n") + "\n") }
	keys := rdb.Scan(t.Context(), 0, "*", 1000).Iterator()
	for keys.Next(t.Context()) {
		key := keys.Val()
		note(key)
		switch kind := rdb.Type(t.Context(), key).Val(); kind {
		case "string":
			note(rdb.Get(t.Context(), key).Val())
		case "hash":
			for field, value := range rdb.HGetAll(t.Context(), key).Val() {
				note(field, value)
			}
		case "zset":
			note(rdb.ZRange(t.Context(), key, 0, -1).Val()...)
		case "stream":
			for _, message := range rdb.XRange(t.Context(), key, "-", "+").Val() {
				for field, value := range message.Values {
					text, _ := value.(string)
					note(field, text)
				}
			}
		default:
			t.Fatalf("%s is a %s, which this test cannot read", key, kind)
		}
	}
	if err := keys.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}
