package keys_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

type holder struct {
	Key    *keys.Key
	hidden *keys.Key
	value  keys.Key
	ring   *keys.Ring
}

func TestNoFormatShowsASecret(t *testing.T) {
	k := hmacKey(t, "HS256", secret)
	ring := newRing(t, k)
	h := holder{Key: k, hidden: k, value: *k, ring: ring}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t"} {
		for _, v := range []any{k, *k, h, &h, ring, ring.Keys(), []any{*k}, map[string]any{"k": *k}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, k, *k, h, ring, k.String(), k.GoString())
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("start", "key", k, "value", *k, "holder", h, "ring", ring, "list", ring.Keys())
	}
	if err := json.NewEncoder(&out).Encode([]any{k, *k, h, ring}); err != nil {
		t.Fatal(err)
	}
	spaced := func(format string) string { // as %d and its like print bytes
		return strings.Trim(fmt.Sprintf(format, secret[:6]), "[]")
	}
	for _, leak := range []string{
		string(secret[:8]), hex.EncodeToString(secret[:8]), strings.ToUpper(hex.EncodeToString(secret[:8])),
		base64.StdEncoding.EncodeToString(secret[:9]), spaced("%d"), spaced("%o"), spaced("%b"), spaced("%#v")[len("[]byte{"):28],
		spaced("%c"), spaced("%U"),
	} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is shown", leak)
		}
	}
	if !strings.Contains(out.String(), "HS256 "+k.ID()) {
		t.Error("the name is not shown either")
	}
}

func TestTheZeroKeyPrints(t *testing.T) {
	if got := fmt.Sprint(keys.Key{}); got != "keys.Key{}" {
		t.Error(got)
	}
}
