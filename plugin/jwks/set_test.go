package jwks_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/jwks"
)

// member returns the JWK of a new key with changes; a nil value removes a member.
func member(t *testing.T, changes map[string]any) string {
	t.Helper()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(newRing(t, newKey(t)).JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	jwk := maps.Clone(set.Keys[0])
	for name, value := range changes {
		if jwk[name] = value; value == nil {
			delete(jwk, name)
		}
	}
	raw, err := json.Marshal(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestUnfitKeysAreLeftOutAndTold(t *testing.T) {
	good := member(t, nil)
	for name, bad := range map[string]string{
		"a secret":              `{"kty":"oct","alg":"HS256","kid":"s","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		"a private key":         member(t, map[string]any{"d": "AAAA"}),
		"for encryption":        member(t, map[string]any{"use": "enc"}),
		"for signing alone":     member(t, map[string]any{"key_ops": []string{"sign"}}),
		"another algorithm":     member(t, map[string]any{"alg": "RS256"}),
		"an HMAC algorithm":     member(t, map[string]any{"alg": "HS256"}),
		"none":                  member(t, map[string]any{"alg": "none"}),
		"no point of the curve": member(t, map[string]any{"x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}),
		"an odd name":           member(t, map[string]any{"kid": "a b"}),
		"short RSA":             `{"kty":"RSA","kid":"r","n":"u1W3","e":"AQAB"}`,
		"an unknown type":       `{"kty":"XX","kid":"x"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var heard troubles
			published := serve(t, text(http.StatusOK, `{"keys":[`+bad+`,`+good+`]}`))
			remote := follow(t, jwks.Options{URL: published.URL, OnError: heard.note})
			if n := remote.Status().Keys; n != 1 || len(remote.Ring().Keys()) != 1 {
				t.Errorf("%d keys in use, want the good one", n)
			}
			if !strings.Contains(heard.text(), "key 1 left out") {
				t.Errorf("told: %s", heard.text())
			}
		})
	}
}

func TestTheAlgorithmOfAKeyIsPinned(t *testing.T) {
	published := serve(t, text(http.StatusOK, `{"keys":[`+member(t, map[string]any{"alg": nil, "use": nil, "kid": nil})+`]}`))
	remote := follow(t, jwks.Options{URL: published.URL})
	if key := remote.Ring().Keys()[0]; key.Alg() != "ES256" || len(key.ID()) != 43 {
		t.Errorf("%v, want ES256 and the thumbprint", key)
	}
}

// Nothing that a key points to is fetched.
func TestCertificateLinksAreNotFollowed(t *testing.T) {
	trap := serve(t, text(http.StatusOK, ""))
	published := serve(t, text(http.StatusOK, `{"keys":[`+member(t, map[string]any{"x5u": trap.URL, "x5c": []string{"AAAA"}})+`]}`))
	remote := follow(t, jwks.Options{URL: published.URL})
	if remote.Status().Keys != 1 || trap.reads.Load() != 0 {
		t.Errorf("%+v, %d requests to where the key pointed", remote.Status(), trap.reads.Load())
	}
}

// A token does not say which of two keys with one kid it means. The other keys are used.
func TestKeysOfOneNameAreAllLeftOut(t *testing.T) {
	twin := map[string]any{"kid": "twin"}
	first, good := member(t, twin), member(t, map[string]any{"kid": "good"})
	for name, second := range map[string]string{"another key": member(t, twin), "the same key": first} {
		t.Run(name, func(t *testing.T) {
			var heard troubles
			published := serve(t, text(http.StatusOK, `{"keys":[`+first+`,`+good+`,`+second+`]}`))
			remote := follow(t, jwks.Options{URL: published.URL, OnError: heard.note})
			all := remote.Ring().Keys()
			if s := remote.Status(); s.Err != nil || s.Keys != 1 || len(all) != 1 || all[0].ID() != "good" {
				t.Errorf("%+v, keys %v, want the good one", s, all)
			}
			if !strings.Contains(heard.text(), `2 keys left out: they share one kid: "twin"`) {
				t.Errorf("told: %s", heard.text())
			}
		})
	}
}

func TestSetsAreBounded(t *testing.T) {
	good := member(t, nil)
	for name, body := range map[string]string{
		"bytes": `{"keys":[` + good + `],"pad":"` + strings.Repeat("x", jwks.MaxSet) + `"}`,
		"keys":  `{"keys":[` + strings.Repeat(`{"kty":"XX"},`, jwks.MaxKeys) + good + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			remote := follow(t, jwks.Options{URL: serve(t, text(http.StatusOK, body)).URL})
			if s := remote.Status(); s.Err == nil || s.Keys != 0 {
				t.Errorf("%+v, want it refused", s)
			}
		})
	}
}

func TestOnlySafeAddressesAreAsked(t *testing.T) {
	for _, address := range []string{
		"", "x", "/keys", "http://auth.example/keys", "http://10.0.0.1/keys", "http://localhost.evil.example/keys", "ftp://127.0.0.1/",
		"https://user:secret@auth.example/keys", "https:///keys", "https://auth.example/#x", "file:///etc/passwd", "http://0.0.0.0/",
	} {
		if r, err := jwks.Follow(t.Context(), jwks.Options{URL: address}); err == nil {
			_ = r.Close(t.Context())
			t.Errorf("%q is taken", address)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := jwks.Follow(t.Context(), jwks.Options{URL: "https://auth.example/", Every: -time.Second}); err == nil {
		t.Error("a negative duration is taken")
	}
	if _, err := jwks.Follow(t.Context(), jwks.Options{URL: "https://auth.example/", Every: time.Hour, MaxAge: time.Minute}); err == nil {
		t.Error("keys would be out of use between readings")
	}
	// Nothing listens there. The error must not repeat the URL, which may hold a secret.
	var heard troubles
	r := follow(t, jwks.Options{URL: "http://127.0.0.1:1/keys?token=secret", OnError: heard.note})
	if err := r.Status().Err; err == nil || strings.Contains(heard.text(), "secret") || strings.Contains(errors.Unwrap(err).Error(), "secret") {
		t.Errorf("told: %v", heard.text())
	}
}

func FuzzSet(f *testing.F) {
	for _, seed := range []string{`{"keys":[]}`, `{}`, `null`, `{"keys":[{"kty":"EC"}]}`, `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}`,
		`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r"}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		remote, err := jwks.Follow(t.Context(), jwks.Options{URL: "http://127.0.0.1/", Every: time.Hour, Client: &http.Client{Transport: canned(body)}})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = remote.Close(context.Background()) }()
		ring := remote.Ring()
		if ring.CanSign() || len(ring.Keys()) == 0 {
			t.Errorf("a set made a ring of %v", ring.Keys())
		}
	})
}

// canned answers every request with these bytes.
type canned []byte

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: bodyOf(c), Request: r}, nil
}
