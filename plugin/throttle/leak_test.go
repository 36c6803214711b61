package throttle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/throttle"
)

// holder has limiters in every way that package fmt treats differently.
type holder struct {
	Redis  *throttle.RedisLimiter
	hidden *throttle.RedisLimiter
	Any    any
	memory *throttle.MemoryLimiter
	List   []*throttle.RedisLimiter
}

func TestNoFormatOfALimiterShowsAPasswordOrAName(t *testing.T) {
	t.Parallel()
	const password, name = "canary-password-4711", "canary-name-4711"
	memory := inMemory(t, rate)
	memory.wrong(t, name, name)
	remembered := memory.LoginLimiter.(*throttle.MemoryLimiter)
	for _, rdb := range []redis.UniversalClient{
		redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", Username: "user", Password: password}),
		redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, Password: password}),
		redis.NewFailoverClient(&redis.FailoverOptions{MasterName: "main", SentinelAddrs: []string{"127.0.0.1:1"}, Password: password, SentinelPassword: password}),
	} {
		t.Cleanup(func() { _ = rdb.Close() })
		l := onServerTime(t, rdb)
		_, err := l.Begin(t.Context(), name, name)
		h := holder{l, l, l, remembered, []*throttle.RedisLimiter{l}}
		var out bytes.Buffer
		fmt.Fprintln(&out, err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t"} {
			for _, v := range []any{l, &l, *l, h, &h, []any{l}, map[string]any{"l": l}, remembered} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("start", "limiter", l, "holder", h, "memory", remembered, "list", h.List)
		}
		if err := json.NewEncoder(&out).Encode([]any{l, h, remembered}); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{password, name} {
			for _, leak := range []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))} {
				if strings.Contains(out.String(), leak) {
					t.Errorf("%T: %q is shown", rdb, leak)
				}
			}
		}
	}
}
