package keys

import (
	"crypto"
	"fmt"
	"log/slog"
	"strings"

	"github.com/golang-jwt/jwt/v4"
)

// Key is one key for one algorithm, under one name. Make it with [HMAC], [Private], [Public],
// [ParsePEM] or [ParsePEMAlg]; the zero Key does not work. It is immutable and safe for
// concurrent use.
type Key struct {
	id     string
	method jwt.SigningMethod

	// reveal hides the material from package fmt. Where fmt cannot call String (a verb like
	// %d, a Key in an unexported field of another struct) it prints fields, and follows
	// pointers too if the verb does not fit. It never calls functions.
	reveal func() material
}

type material struct {
	sign   any // what method.Sign takes; nil: the key verifies only
	verify any // what method.Verify takes
}

// Option changes how a key is made; see [WithID].
type Option func(*Key)

// WithID sets the key's name, the kid of its tokens: 1 to 128 printable ASCII characters
// without spaces. Every verifier sees the name, so it must not be a secret.
//
// The default for key pairs is the thumbprint of RFC 7638, so all nodes agree on it, and so do
// services that have only the public key. The default for secrets is a fingerprint that
// reveals no more than a token does.
func WithID(kid string) Option { return func(k *Key) { k.id = kid } }

// HMAC makes a key for HS256, HS384 or HS512; an empty alg means HS256. The secret must be
// uniformly random, which cannot be checked, and at least as long as the hash (RFC 7518
// section 3.2): 32, 48 or 64 bytes. A shorter one is [ErrWeakKey]; any other mistake is
// [ErrInvalidKey]. The secret is copied.
func HMAC(alg string, secret []byte, opts ...Option) (*Key, error) {
	method, err := hmacMethod(alg)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(secret), "-----BEGIN ") {
		return nil, fmt.Errorf("%w: %s wants a random secret, found a PEM file: use ParsePEM", ErrInvalidKey, method.Name)
	}
	if want := method.Hash.Size(); len(secret) < want {
		return nil, fmt.Errorf("%w: %s wants at least %d bytes, found %d", ErrWeakKey, method.Name, want, len(secret))
	}
	secret = append([]byte(nil), secret...)
	return newKey(fingerprint(method.Name, secret), method, material{sign: secret, verify: secret}, opts)
}

// Private makes a key that signs and verifies, from an *rsa.PrivateKey of at least 2048
// bits (RS256/384/512, PS256/384/512), an *ecdsa.PrivateKey on P-256, P-384 or P-521 (ES256,
// ES384, ES512) or an ed25519.PrivateKey (EdDSA). An empty alg means RS256, the ES algorithm
// of the curve, or EdDSA. Other signers, such as hardware, are [ErrInvalidKey]: golang-jwt v4
// cannot use them. A short RSA key is [ErrWeakKey].
//
// The key is kept, not copied: do not change it afterwards.
func Private(alg string, key crypto.Signer, opts ...Option) (*Key, error) {
	if err := checkPrivate(key); err != nil {
		return nil, err
	}
	return pair(alg, key, key.Public(), opts)
}

// Public makes a key that only verifies, from an *rsa.PublicKey, *ecdsa.PublicKey or
// ed25519.PublicKey. alg, limits and errors are those of [Private].
func Public(alg string, key crypto.PublicKey, opts ...Option) (*Key, error) {
	return pair(alg, nil, key, opts)
}

func pair(alg string, private crypto.Signer, public crypto.PublicKey, opts []Option) (*Key, error) {
	method, err := publicMethod(alg, public)
	if err != nil {
		return nil, err
	}
	m := material{verify: public}
	if private != nil {
		m.sign = private
		if err := selfTest(method, m); err != nil {
			return nil, err
		}
	}
	return newKey(thumbprint(public), method, m, opts)
}

// selfTest refuses a private key with the public half of another key: its tokens would verify
// nowhere, and an Ed25519 key like that reveals itself by signing.
func selfTest(method jwt.SigningMethod, m material) error {
	const text = "self test"
	sig, err := method.Sign(text, m.sign)
	if err == nil {
		err = method.Verify(text, sig, m.verify)
	}
	if err != nil {
		return fmt.Errorf("%w: the %s key does not verify its own signature", ErrInvalidKey, method.Alg())
	}
	return nil
}

func newKey(id string, method jwt.SigningMethod, m material, opts []Option) (*Key, error) {
	k := &Key{id: id, method: method, reveal: func() material { return m }}
	for _, opt := range opts {
		opt(k)
	}
	if !validID(k.id) {
		return nil, fmt.Errorf("%w: the id must be 1 to 128 printable ASCII characters without spaces", ErrInvalidKey)
	}
	return k, nil
}

func validID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return 1 <= len(id) && len(id) <= 128
}

// ID returns the key's name, the kid of its tokens.
func (k Key) ID() string { return k.id }

// Alg returns the key's algorithm as RFC 7518 and RFC 8037 write it.
func (k Key) Alg() string { return k.method.Alg() }

// CanSign reports whether the key is a secret or a private key.
func (k Key) CanSign() bool { return k.reveal().sign != nil }

// symmetric reports whether the key that verifies can also sign.
func (k Key) symmetric() bool {
	_, ok := k.method.(*jwt.SigningMethodHMAC)
	return ok
}

// String returns the algorithm and the id.
func (k Key) String() string {
	if k.method == nil {
		return "keys.Key{}"
	}
	return fmt.Sprintf("keys.Key{%s %s}", k.method.Alg(), k.id)
}

// GoString is [Key.String], for %#v: it shows no key material either.
func (k Key) GoString() string { return k.String() }

// LogValue is [Key.String], for package slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
