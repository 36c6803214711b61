package redisstore_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// holder has a store in every way that package fmt treats differently.
type holder struct {
	Store  *redisstore.Store
	hidden *redisstore.Store
	Any    any
	chain  session.Store
	List   []*redisstore.Store
}

func TestNoFormatOfAStoreShowsAPassword(t *testing.T) {
	t.Parallel()
	const password = "canary-password-4711"
	for _, url := range []string{
		"redis://user:" + password + "@127.0.0.1:1/2",
		"redis://:" + password + "@127.0.0.1:1?addr=127.0.0.1:2",
		"redis://:" + password + "@127.0.0.1:1?master_name=main&password=" + password,
	} {
		s := redisstore.Must(redisstore.Connect(url, redisstore.Options{}))
		t.Cleanup(func() { _ = s.Close(t.Context()) })
		_ = s.Ping(t.Context()) // fails; a client that was used holds more
		h := holder{s, s, s, s, []*redisstore.Store{s}}
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t"} {
			for _, v := range []any{s, &s, h, &h, []any{s}, map[string]any{"s": s}} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
		}
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(handler).Info("start", "store", s, "holder", h, "list", h.List)
		}
		if err := json.NewEncoder(&out).Encode([]any{s, h}); err != nil {
			t.Fatal(err)
		}
		for _, leak := range []string{password, hex.EncodeToString([]byte(password)), strings.ToUpper(hex.EncodeToString([]byte(password)))} {
			if strings.Contains(out.String(), leak) {
				t.Errorf("%q is shown", leak)
			}
		}
		if !strings.Contains(out.String(), "redisstore.Store{ginauth, ") {
			t.Error("the prefix is not shown either")
		}
	}
}
