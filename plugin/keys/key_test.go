package keys_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

func TestEveryAlgorithmSignsAndVerifies(t *testing.T) {
	for alg, private := range map[string]string{
		"RS256": "rsa.pem", "RS384": "rsa.pem", "RS512": "rsa.pem",
		"PS256": "rsa.pem", "PS384": "rsa.pem", "PS512": "rsa.pem",
		"ES256": "p256.pem", "ES384": "p384.pem", "ES512": "p521.pem",
		"EdDSA": "ed25519.pem", "HS256": "", "HS384": "", "HS512": "",
	} {
		t.Run(alg, func(t *testing.T) {
			k := hmacOrPEM(t, alg, private)
			if k.Alg() != alg || !k.CanSign() {
				t.Fatalf("Alg %s, CanSign %v", k.Alg(), k.CanSign())
			}
			ring := newRing(t, k)
			token := sign(t, ring)
			header := headerOf(t, token)
			if len(header) != 3 || header["alg"] != alg || header["kid"] != k.ID() || header["typ"] != "at+jwt" {
				t.Errorf("header %v", header)
			}
			parsed, err := parser.Parse(token, ring.Keyfunc)
			if err != nil || !parsed.Valid {
				t.Fatalf("Parse: %v", err)
			}
			last := token[:len(token)-8] + "AAAAAAAA"
			if _, err := parser.Parse(last, ring.Keyfunc); err == nil {
				t.Error("a token with another signature was accepted")
			}
		})
	}
}

func hmacOrPEM(t *testing.T, alg, name string) *keys.Key {
	if name == "" {
		return hmacKey(t, alg, secret)
	}
	return load(t, alg, name)
}

func TestAnEmptyAlgorithmIsChosenByTheKey(t *testing.T) {
	for name, want := range map[string]string{
		"rsa.pem": "RS256", "p256.pem": "ES256", "p384.pem": "ES384", "p521.pem": "ES512", "ed25519.pem": "EdDSA",
		"rsa-public.pem": "RS256", "p256-public.pem": "ES256", "ed25519-public.pem": "EdDSA",
	} {
		if got := load(t, "", name).Alg(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := hmacKey(t, "", secret).Alg(); got != "HS256" {
		t.Errorf("secret: %s", got)
	}
}

func TestSecretsShorterThanTheHashAreWeak(t *testing.T) {
	for alg, size := range map[string]int{"": 32, "HS256": 32, "HS384": 48, "HS512": 64} {
		if _, err := keys.HMAC(alg, secret[:size-1]); !errors.Is(err, keys.ErrWeakKey) {
			t.Errorf("%q, %d bytes: %v", alg, size-1, err)
		}
		if _, err := keys.HMAC(alg, secret[:size]); err != nil {
			t.Errorf("%q, %d bytes: %v", alg, size, err)
		}
	}
}

func TestAPEMFileIsNoSecret(t *testing.T) {
	if _, err := keys.HMAC("HS256", file(t, "rsa-public.pem")); !errors.Is(err, keys.ErrInvalidKey) {
		t.Errorf("a published key became a secret: %v", err)
	}
}

func TestASecretIsCopied(t *testing.T) {
	mine := append([]byte(nil), secret...)
	ring := newRing(t, hmacKey(t, "HS256", mine))
	clear(mine)
	if _, err := parser.Parse(sign(t, ring), newRing(t, hmacKey(t, "HS256", secret)).Keyfunc); err != nil {
		t.Errorf("the key changed with the caller's slice: %v", err)
	}
}

func TestAlgorithmsThatDoNotFitTheKeyAreRefused(t *testing.T) {
	for name, algs := range map[string][]string{
		"":            {"none", "None", "hs256", "RS256", "ES256", "EdDSA", "HS1", " HS256"},
		"rsa.pem":     {"none", "HS256", "ES256", "EdDSA", "rs256", "RS1", "PS1024"},
		"p256.pem":    {"none", "HS256", "RS256", "ES384", "ES512", "ES256K", "EdDSA"},
		"p384.pem":    {"ES256"},
		"ed25519.pem": {"none", "HS256", "ES256", "RS256", "Ed25519"},
	} {
		for _, alg := range algs {
			var err error
			if name == "" {
				_, err = keys.HMAC(alg, secret)
			} else {
				_, err = keys.ParsePEMAlg(alg, file(t, name), "")
			}
			if !errors.Is(err, keys.ErrInvalidKey) {
				t.Errorf("%s for %s: %v", name, alg, err)
			}
		}
	}
}

func TestBrokenKeysAreErrorsNotPanics(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mixed := *p256
	mixed.PublicKey = other.PublicKey
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	_, ed2, _ := ed25519.GenerateKey(rand.Reader)
	block, _ := pem.Decode(file(t, "rsa-pkcs1.pem"))
	bare, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	halfRSA := &rsa.PrivateKey{PublicKey: bare.PublicKey, Primes: bare.Primes}
	bare.Primes = nil // it signs all the same, but has no PKCS#8 form to derive from
	n := new(big.Int).Lsh(big.NewInt(1), 2047)
	for name, key := range map[string]crypto.Signer{
		"nil":                               nil,
		"nil RSA":                           (*rsa.PrivateKey)(nil),
		"empty RSA":                         &rsa.PrivateKey{},
		"RSA without primes":                bare,
		"RSA without an exponent":           halfRSA,
		"RSA made up":                       &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: big.NewInt(3)},
		"nil ECDSA":                         (*ecdsa.PrivateKey)(nil),
		"empty ECDSA":                       &ecdsa.PrivateKey{},
		"ECDSA without a number":            &ecdsa.PrivateKey{PublicKey: p256.PublicKey},
		"ECDSA with another's public half":  &mixed,
		"empty Ed25519":                     ed25519.PrivateKey{},
		"Ed25519 with another's public key": append(append(ed25519.PrivateKey{}, ed[:32]...), ed2[32:]...),
		"a foreign signer":                  foreignSigner{p256},
	} {
		if _, err := keys.Private("", key); !errors.Is(err, keys.ErrInvalidKey) {
			t.Errorf("private, %s: %v", name, err)
		}
	}
	for name, key := range map[string]crypto.PublicKey{
		"nil":                nil,
		"nil RSA":            (*rsa.PublicKey)(nil),
		"empty RSA":          &rsa.PublicKey{},
		"RSA exponent 1":     &rsa.PublicKey{N: n, E: 1},
		"RSA even exponent":  &rsa.PublicKey{N: n, E: 4},
		"RSA negative":       &rsa.PublicKey{N: new(big.Int).Neg(n), E: 65537},
		"RSA by value":       rsa.PublicKey{N: n, E: 65537},
		"nil ECDSA":          (*ecdsa.PublicKey)(nil),
		"empty ECDSA":        &ecdsa.PublicKey{},
		"ECDSA off curve":    point(elliptic.P256(), big.NewInt(1), big.NewInt(1)),
		"ECDSA at infinity":  point(elliptic.P256(), new(big.Int), new(big.Int)),
		"empty Ed25519":      ed25519.PublicKey{},
		"short Ed25519":      ed25519.PublicKey(ed[:31]),
		"a private key":      p256,
		"a secret":           secret,
		"ECDSA on P-224":     point(elliptic.P224(), big.NewInt(1), big.NewInt(1)),
		"ECDSA out of field": point(elliptic.P256(), n, n),
	} {
		if _, err := keys.Public("", key); !errors.Is(err, keys.ErrInvalidKey) {
			t.Errorf("public, %s: %v", name, err)
		}
	}
}

// point returns an unchecked public key.
func point(curve elliptic.Curve, x, y *big.Int) *ecdsa.PublicKey {
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y} //nolint:staticcheck // the way that checks would refuse it
}

// foreignSigner looks like a key in hardware.
type foreignSigner struct{ crypto.Signer }

func TestThumbprintsAreThoseOfTheRFCs(t *testing.T) {
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	rfc7638 := &rsa.PublicKey{E: 65537, N: new(big.Int).SetBytes(decode("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"))}
	rfc8037 := ed25519.PublicKey(decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
	for want, key := range map[string]crypto.PublicKey{
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs": rfc7638,
		"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k": rfc8037,
	} {
		k, err := keys.Public("", key)
		if err != nil {
			t.Fatal(err)
		}
		if k.ID() != want {
			t.Errorf("id %s, want %s", k.ID(), want)
		}
	}
}

func TestDefaultIDs(t *testing.T) {
	if a, b := load(t, "", "rsa.pem"), load(t, "PS512", "rsa-public.pem"); a.ID() != b.ID() {
		t.Error("the two halves of a key pair have different names")
	}
	a, again := hmacKey(t, "HS256", secret), hmacKey(t, "HS256", secret)
	if a.ID() != again.ID() {
		t.Error("the name of a secret changes from start to start")
	}
	for _, b := range []*keys.Key{hmacKey(t, "HS512", secret), hmacKey(t, "HS256", otherSecret)} {
		if a.ID() == b.ID() {
			t.Errorf("%v and %v share a name", a, b)
		}
	}
}

func TestIDsAreShortAndPrintable(t *testing.T) {
	for _, id := range []string{"", " ", "a b", "a\n", "é", "\x00", "a\x7f", strings.Repeat("a", 129)} {
		if _, err := keys.HMAC("", secret, keys.WithID(id)); !errors.Is(err, keys.ErrInvalidKey) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	for _, id := range []string{"a", "2026-11/east_1", strings.Repeat("a", 128)} {
		if k := hmacKey(t, "", secret, keys.WithID(id)); k.ID() != id {
			t.Errorf("id %q became %q", id, k.ID())
		}
	}
}
