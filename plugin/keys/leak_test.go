package keys_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

// holder has a key and a ring in every way that package fmt treats differently.
type holder struct {
	Key    *keys.Key
	hidden *keys.Key
	value  keys.Key
	Value  keys.Key
	Ring   *keys.Ring
	ring   *keys.Ring
	any    any
	List   []*keys.Key
	values []keys.Key
	Map    map[string]keys.Key
}

// shown is everything that a program may print, log or encode of a key and its ring.
func shown(t *testing.T, k *keys.Key) string {
	t.Helper()
	ring := newRing(t, k)
	h := holder{k, k, *k, *k, ring, ring, ring, ring.Keys(), []keys.Key{*k}, map[string]keys.Key{"k": *k}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%p", "%w"} {
		for _, v := range []any{k, &k, *k, h, &h, []any{h}, ring, &ring, ring.Keys(), []any{*k, ring}, map[string]any{"k": *k, "r": ring}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, k, *k, h, ring, k.String(), k.GoString(), fmt.Errorf("wrapped %v: %+v", k, ring))
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("start", "key", k, "value", *k, "holder", h, "pointer", &h, "ring", ring, "list", ring.Keys(), slog.Group("g", "key", k))
	}
	if err := json.NewEncoder(&out).Encode([]any{k, *k, h, ring}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// spellings are the ways in which bytes may come out of a formatter.
func spellings(secret []byte) []string {
	spaced := func(format string) string { // as %d and its like print bytes
		return strings.Trim(fmt.Sprintf(format, secret[:6]), "[]")
	}
	return []string{
		string(secret[:8]), hex.EncodeToString(secret[:8]), strings.ToUpper(hex.EncodeToString(secret[:8])),
		base64.StdEncoding.EncodeToString(secret[:9]), base64.RawURLEncoding.EncodeToString(secret[:9]),
		spaced("%d"), spaced("%o"), spaced("%b"), spaced("%#v")[len("[]byte{"):28], spaced("%c"), spaced("%U"),
	}
}

func TestNoFormatShowsASecret(t *testing.T) {
	k := hmacKey(t, "HS256", secret)
	out := shown(t, k)
	for _, leak := range spellings(secret) {
		if strings.Contains(out, leak) {
			t.Errorf("%q is shown", leak)
		}
	}
	if !strings.Contains(out, "HS256 "+k.ID()) {
		t.Error("the name is not shown either")
	}
}

func TestNoFormatShowsAPrivateKey(t *testing.T) {
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := curve.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	number := new(big.Int).SetBytes(scalar).String()
	for _, c := range []struct {
		key   func() (*keys.Key, error)
		leaks []string
	}{
		{func() (*keys.Key, error) { return keys.Private("", edwards) }, spellings(edwards.Seed())},
		{func() (*keys.Key, error) { return keys.Private("", curve) }, append(spellings(scalar), number[:20])},
	} {
		k, err := c.key()
		if err != nil {
			t.Fatal(err)
		}
		out := shown(t, k)
		for _, leak := range c.leaks {
			if strings.Contains(out, leak) {
				t.Errorf("%s: %q is shown", k.Alg(), leak)
			}
		}
	}
}

func TestTheZeroKeyPrints(t *testing.T) {
	if got := fmt.Sprint(keys.Key{}); got != "keys.Key{}" {
		t.Error(got)
	}
}
