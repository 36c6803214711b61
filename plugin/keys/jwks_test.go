package keys_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

func TestJWKSHoldsThePublicHalvesInOrder(t *testing.T) {
	ring := newRing(t,
		load(t, "PS256", "rsa.pem", keys.WithID("r")), load(t, "", "p256.pem"), load(t, "", "p521.pem"),
		hmacKey(t, "HS256", secret), load(t, "", "ed25519-public.pem"),
	)
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(ring.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	want := []struct{ kty, alg, crv, members string }{
		{"RSA", "PS256", "", "e n"}, {"EC", "ES256", "P-256", "crv x y"}, {"EC", "ES512", "P-521", "crv x y"}, {"OKP", "EdDSA", "Ed25519", "crv x"},
	}
	if len(set.Keys) != len(want) {
		t.Fatalf("%d keys: %s", len(set.Keys), ring.JWKS())
	}
	for i, w := range want {
		k := set.Keys[i]
		if k["kty"] != w.kty || k["alg"] != w.alg || k["crv"] != w.crv || k["use"] != "sig" || k["kid"] == "" {
			t.Errorf("key %d: %v", i, k)
		}
		if members := strings.Fields(w.members); len(k) != 4+len(members) {
			t.Errorf("key %d has other members: %v", i, k)
		}
		for _, m := range strings.Fields(w.members) {
			if k[m] == "" {
				t.Errorf("key %d has no %s", i, m)
			}
		}
	}
	if set.Keys[0]["kid"] != "r" || set.Keys[0]["e"] != "AQAB" {
		t.Errorf("%v", set.Keys[0])
	}
	if !bytes.Equal(ring.JWKS(), ring.JWKS()) {
		t.Error("the same keys give other bytes")
	}
}

// RFC 7518 section 6.2.1.2: a coordinate is as long as the curve's field, leading zeros
// included. One key in 256 has one.
func TestCoordinatesKeepTheirLeadingZeros(t *testing.T) {
	curve := elliptic.P256()
	for d := int64(1); d < 4096; d++ {
		x, y := curve.ScalarBaseMult(big.NewInt(d).Bytes()) //nolint:staticcheck // the shortest way to a point with a small x
		if x.BitLen() > 248 {
			continue
		}
		k, err := keys.Public("", point(curve, x, y))
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []map[string]string }
		if err := json.Unmarshal(newRing(t, k).JWKS(), &set); err != nil {
			t.Fatal(err)
		}
		got, err := base64.RawURLEncoding.DecodeString(set.Keys[0]["x"])
		if err != nil || len(got) != 32 || got[0] != 0 {
			t.Errorf("x is %x", got)
		}
		return
	}
	t.Fatal("no such point was found")
}

func TestSecretsAreNeverPublished(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", secret), hmacKey(t, "HS512", otherSecret))
	if got := string(ring.JWKS()); got != `{"keys":[]}` {
		t.Error(got)
	}
	ring = newRing(t, load(t, "", "rsa.pem"), load(t, "", "p256.pem"), load(t, "", "ed25519.pem"))
	for _, private := range []string{`"d":`, `"p":`, `"q":`, `"dp":`, `"dq":`, `"qi":`, `"k":`} {
		if strings.Contains(string(ring.JWKS()), private) {
			t.Errorf("%s is published", private)
		}
	}
}

func TestTheCallerMayWriteIntoJWKS(t *testing.T) {
	ring := newRing(t, load(t, "", "p256.pem"))
	clear(ring.JWKS())
	if !json.Valid(ring.JWKS()) {
		t.Error("the ring's own copy was changed")
	}
}

func serve(h http.Handler, method, etag string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(context.Background(), method, "/.well-known/jwks.json", nil)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestHandler(t *testing.T) {
	ring := newRing(t, load(t, "", "p256.pem"))
	h := ring.Handler()
	got := serve(h, http.MethodGet, "")
	etag := got.Header().Get("ETag")
	if got.Code != http.StatusOK || !bytes.Equal(got.Body.Bytes(), ring.JWKS()) || etag == "" ||
		got.Header().Get("Content-Type") != "application/json" || got.Header().Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("GET: %d %v %s", got.Code, got.Header(), got.Body)
	}
	length := strconv.Itoa(got.Body.Len())
	if got := serve(h, http.MethodHead, ""); got.Code != http.StatusOK || got.Body.Len() != 0 ||
		got.Header().Get("Content-Length") != length || got.Header().Get("ETag") != etag {
		t.Errorf("HEAD: %d %v", got.Code, got.Header())
	}
	if got := serve(h, http.MethodGet, etag); got.Code != http.StatusNotModified {
		t.Errorf("If-None-Match: %d", got.Code)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if got := serve(h, method, ""); got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, got.Code, got.Header())
		}
	}
	if err := ring.Replace(load(t, "", "ed25519.pem")); err != nil {
		t.Fatal(err)
	}
	if got := serve(h, http.MethodGet, etag); got.Code != http.StatusOK || got.Header().Get("ETag") == etag {
		t.Errorf("after a change of keys: %d, ETag %s", got.Code, got.Header().Get("ETag"))
	}
}
