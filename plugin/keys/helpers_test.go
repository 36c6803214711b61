package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/keys"
)

const passphrase = "open sesame"

var (
	secret      = []byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQR")
	otherSecret = []byte("another secret, for the tests, of more than sixty-four characters")
	parser      = jwt.NewParser(jwt.WithoutClaimsValidation())
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// load reads a key of testdata.
func load(t testing.TB, alg, name string, opts ...keys.Option) *keys.Key {
	t.Helper()
	k, err := keys.ParsePEMAlg(alg, file(t, name), "", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func hmacKey(t testing.TB, alg string, secret []byte, opts ...keys.Option) *keys.Key {
	t.Helper()
	k, err := keys.HMAC(alg, secret, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newRing(t testing.TB, ks ...*keys.Key) *keys.Ring {
	t.Helper()
	r, err := keys.NewRing(ks...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sign(t testing.TB, r *keys.Ring) string {
	t.Helper()
	token, err := r.Sign("at+jwt", jwt.MapClaims{"sub": "user1"})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forge signs any header with any key.
func forge(t testing.TB, header map[string]any, method jwt.SigningMethod, key any) string {
	t.Helper()
	token := jwt.Token{Header: header, Claims: jwt.MapClaims{"sub": "admin"}, Method: method}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// headerOf decodes the header of a token.
func headerOf(t testing.TB, token string) map[string]any {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		t.Fatal(err)
	}
	return header
}
