package keys_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"

	"github.com/ginauth/ginauth/plugin/keys"
)

// header returns a header with alg and further pairs of name and value.
func header(alg any, more ...any) map[string]any {
	h := map[string]any{"alg": alg, "typ": "at+jwt"}
	for pair := range slices.Chunk(more, 2) {
		h[fmt.Sprint(pair[0])] = pair[1]
	}
	return h
}

// unsigned returns a token with any header and any signature.
func unsigned(t *testing.T, h map[string]any, signature string) string {
	t.Helper()
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding
	return b64.EncodeToString(raw) + "." + b64.EncodeToString([]byte(`{"sub":"admin"}`)) + "." + signature
}

func refused(t *testing.T, ring *keys.Ring, token string) {
	t.Helper()
	if parsed, err := parser.Parse(token, ring.Keyfunc); err == nil {
		t.Errorf("accepted: %v", parsed.Header)
	}
}

func refusedAs(t *testing.T, want error, ring *keys.Ring, token string) {
	t.Helper()
	if _, err := parser.Parse(token, ring.Keyfunc); !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func rings(t *testing.T) map[string]*keys.Ring {
	return map[string]*keys.Ring{
		"HS256":  newRing(t, hmacKey(t, "HS256", secret, keys.WithID("k"))),
		"RS256":  newRing(t, load(t, "RS256", "rsa.pem", keys.WithID("k"))),
		"ES256":  newRing(t, load(t, "ES256", "p256.pem", keys.WithID("k"))),
		"EdDSA":  newRing(t, load(t, "EdDSA", "ed25519.pem", keys.WithID("k"))),
		"public": newRing(t, load(t, "PS256", "rsa-public.pem", keys.WithID("k"))),
	}
}

func TestNoneInAnySpellingIsRefused(t *testing.T) {
	for name, ring := range rings(t) {
		for _, alg := range []any{"none", "None", "NONE", "nOnE", "none ", " none", "", "null", nil, true, 0, []string{"none"}} {
			for _, h := range []map[string]any{header(alg), header(alg, "kid", "k"), header(alg, "kid", "")} {
				for _, signature := range []string{"", "AA", "e30"} {
					if _, err := parser.Parse(unsigned(t, h, signature), ring.Keyfunc); err == nil {
						t.Errorf("%s: alg %v accepted", name, alg)
					}
				}
			}
		}
		h := header("none", "kid", "k")
		refused(t, ring, forge(t, h, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType))
		delete(h, "alg")
		refused(t, ring, unsigned(t, h, ""))
	}
}

// The classic attack: a verifier that takes a public key's bytes for an HMAC secret accepts
// tokens that anyone can sign.
func TestThePublicKeyIsNoHMACSecret(t *testing.T) {
	for name, private := range map[string]string{"rsa-public.pem": "rsa.pem", "p256-public.pem": "p256.pem", "ed25519-public.pem": "ed25519.pem"} {
		text := file(t, name)
		block, _ := pem.Decode(text)
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		secrets := [][]byte{text, []byte(strings.TrimSpace(string(text))), block.Bytes}
		switch public := public.(type) {
		case *rsa.PublicKey:
			secrets = append(secrets, public.N.Bytes(), x509.MarshalPKCS1PublicKey(public))
		case ed25519.PublicKey:
			secrets = append(secrets, public)
		}
		for _, ring := range []*keys.Ring{
			newRing(t, load(t, "", private, keys.WithID("k"))),
			newRing(t, load(t, "", name, keys.WithID("k"))),
			newRing(t, load(t, "", private, keys.WithID("k")), hmacKey(t, "HS256", secret)), // in the middle of a key change
		} {
			secrets := append(secrets, ring.JWKS())
			for _, secret := range secrets {
				for _, m := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
					refused(t, ring, forge(t, header(m.Alg(), "kid", "k"), m, secret))
					refused(t, ring, forge(t, header(m.Alg()), m, secret))
				}
			}
		}
	}
}

// Each token here is signed with the right key, but with another algorithm than the ring's.
func TestAKeyIsForOneAlgorithm(t *testing.T) {
	private := func(name string) any {
		block, _ := pem.Decode(file(t, name))
		k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	rsaMethods := []jwt.SigningMethod{
		jwt.SigningMethodRS256, jwt.SigningMethodRS384, jwt.SigningMethodRS512,
		jwt.SigningMethodPS256, jwt.SigningMethodPS384, jwt.SigningMethodPS512,
	}
	hmacMethods := []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512}
	try := func(key any, methods []jwt.SigningMethod, make func(alg string) *keys.Key) {
		for _, mine := range methods {
			ring := newRing(t, make(mine.Alg()))
			for _, theirs := range methods {
				for _, h := range []map[string]any{header(theirs.Alg(), "kid", "k"), header(theirs.Alg())} {
					_, err := parser.Parse(forge(t, h, theirs, key), ring.Keyfunc)
					if (err == nil) != (mine == theirs) {
						t.Errorf("ring %s, token %v: %v", mine.Alg(), h, err)
					}
					if err != nil && !errors.Is(err, keys.ErrUnknownKey) {
						t.Errorf("ring %s, token %v: %v, want ErrUnknownKey", mine.Alg(), h, err)
					}
				}
			}
		}
	}
	try(private("rsa.pem"), rsaMethods, func(alg string) *keys.Key { return load(t, alg, "rsa.pem", keys.WithID("k")) })
	try(secret, hmacMethods, func(alg string) *keys.Key { return hmacKey(t, alg, secret, keys.WithID("k")) })
}

func TestTheHeadersAlgorithmMustBeTheOneOfTheSignature(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", secret, keys.WithID("k")))
	refused(t, ring, forge(t, header("HS256", "kid", "k"), jwt.SigningMethodHS512, secret))
	refused(t, ring, forge(t, header("HS512", "kid", "k"), jwt.SigningMethodHS256, secret))
	refused(t, ring, forge(t, header("hs256", "kid", "k"), jwt.SigningMethodHS256, secret))
}

func TestAKidNamesOneKeyAndNoOtherIsTried(t *testing.T) {
	a := hmacKey(t, "HS256", secret, keys.WithID("a"))
	b := hmacKey(t, "HS256", otherSecret, keys.WithID("b"))
	ring := newRing(t, a, b)
	for _, kid := range []any{"b", "c", "", "A", "a ", "../a", strings.Repeat("a", 1<<12), nil, 1, true, []string{"a"}, map[string]any{"a": "a"}} {
		want := keys.ErrUnknownKey
		if kid == "b" {
			want = jwt.ErrTokenSignatureInvalid
		}
		refusedAs(t, want, ring, forge(t, header("HS256", "kid", kid), jwt.SigningMethodHS256, secret))
	}
	if _, err := parser.Parse(forge(t, header("HS256", "kid", "a"), jwt.SigningMethodHS256, secret), ring.Keyfunc); err != nil {
		t.Errorf("the right kid: %v", err)
	}
}

func TestATokenWithoutAKidIsTriedWithEveryKeyOfItsAlgorithm(t *testing.T) {
	third := []byte(strings.Repeat("third", 16))
	ring := newRing(t,
		load(t, "", "rsa.pem"),
		hmacKey(t, "HS256", secret), hmacKey(t, "HS256", otherSecret), hmacKey(t, "HS256", third), hmacKey(t, "HS512", secret),
	)
	for _, s := range [][]byte{secret, otherSecret, third} {
		if _, err := parser.Parse(forge(t, header("HS256"), jwt.SigningMethodHS256, s), ring.Keyfunc); err != nil {
			t.Error(err)
		}
	}
	stranger := []byte(strings.Repeat("fourth", 16))
	refusedAs(t, jwt.ErrTokenSignatureInvalid, ring, forge(t, header("HS256"), jwt.SigningMethodHS256, stranger))
	refusedAs(t, keys.ErrUnknownKey, ring, forge(t, header("HS384"), jwt.SigningMethodHS384, secret))
}

func TestAnExpiredTokenWithoutAKidIsExpiredAndNotForged(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", otherSecret), hmacKey(t, "HS256", secret), hmacKey(t, "HS256", otherSecret, keys.WithID("x")))
	token := jwt.Token{Header: header("HS256"), Claims: jwt.MapClaims{"exp": 1}, Method: jwt.SigningMethodHS256}
	text, err := token.SignedString(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.NewParser().Parse(text, ring.Keyfunc); !errors.Is(err, jwt.ErrTokenExpired) {
		t.Error(err)
	}
}

// A token must not supply the key that verifies it.
func TestKeysInTheHeaderAreIgnored(t *testing.T) {
	evil, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Private("", evil, keys.WithID("k"))
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(newRing(t, k).JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	pointers := map[string]any{
		"jwk": set.Keys[0], "jku": "https://127.0.0.1:1/jwks.json", "x5u": "https://127.0.0.1:1/cert.pem",
		"x5c": []string{"MIIB"}, "x5t": "AAAA", "x5t#S256": "AAAA",
	}
	ring := newRing(t, load(t, "", "p256.pem", keys.WithID("k")))
	for name, value := range pointers {
		refused(t, ring, forge(t, header("ES256", "kid", "k", name, value), jwt.SigningMethodES256, evil))
		refused(t, ring, forge(t, header("ES256", name, value), jwt.SigningMethodES256, evil))
	}
	// They do no harm either if the ring's own key has signed.
	h := header("HS256", "kid", "h")
	maps.Copy(h, pointers)
	ring = newRing(t, hmacKey(t, "HS256", secret, keys.WithID("h")))
	if _, err := parser.Parse(forge(t, h, jwt.SigningMethodHS256, secret), ring.Keyfunc); err != nil {
		t.Error(err)
	}
}

func TestCriticalExtensionsAreRefused(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", secret, keys.WithID("k")))
	for _, crit := range []any{[]string{"exp"}, []string{"b64"}, []string{}, nil, "exp", false} {
		h := header("HS256", "kid", "k", "crit", crit, "b64", false)
		refusedAs(t, keys.ErrCritical, ring, forge(t, h, jwt.SigningMethodHS256, secret))
	}
}

// gin-jwt refreshes a token for which a keyfunc, before any signature was verified, returns a
// ValidationError with the Expired flag.
func TestKeyfuncNeverReturnsAValidationError(t *testing.T) {
	ring := newRing(t, hmacKey(t, "HS256", secret, keys.WithID("k")))
	for _, h := range []map[string]any{
		header("HS256", "kid", "x"), header("HS256", "kid", 1), header("HS512", "kid", "k"), header("HS512"), header("HS256", "crit", nil),
	} {
		method := jwt.GetSigningMethod(fmt.Sprint(h["alg"]))
		_, err := ring.Keyfunc(&jwt.Token{Header: h, Method: method, Claims: jwt.MapClaims{}})
		var validation *jwt.ValidationError
		if err == nil || errors.As(err, &validation) {
			t.Errorf("%v: %v", h, err)
		}
	}
}

func TestJunkIsAnError(t *testing.T) {
	for name, ring := range rings(t) {
		for _, token := range []string{"", ".", "..", "...", "a.b.c", "e30.e30.", "bnVsbA.e30.e30", "W10.W10.W10", strings.Repeat(".", 1<<16), "\x00.\xff.é"} {
			if _, err := parser.Parse(token, ring.Keyfunc); err == nil {
				t.Errorf("%s accepts %.20q", name, token)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	ring := newRing(f, hmacKey(f, "HS256", secret, keys.WithID("k")), hmacKey(f, "HS256", otherSecret), load(f, "", "p256-public.pem"))
	good := sign(f, ring)
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")
	f.Add("eyJhbGciOiJIUzI1NiIsImtpZCI6bnVsbH0.e30.AAAA")
	signed := good[:strings.LastIndexByte(good, '.')]
	f.Fuzz(func(t *testing.T, token string) {
		parsed, err := parser.Parse(token, ring.Keyfunc)
		if err == nil && (!parsed.Valid || !strings.HasPrefix(token, signed)) {
			t.Fatalf("%q was accepted and never signed", token)
		}
	})
}
