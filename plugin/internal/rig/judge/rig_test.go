package judge_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

// secret is long enough for every HMAC algorithm.
var secret = []byte(authtest.Secret)

// privateKeys makes one key of each type, once.
var privateKeys = sync.OnceValue(func() map[string]crypto.Signer {
	must := func(key crypto.Signer, err error) crypto.Signer {
		if err != nil {
			panic(err)
		}
		return key
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{
		"RSA":     must(rsa.GenerateKey(rand.Reader, 2048)),
		"P-256":   must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"P-384":   must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)),
		"P-521":   must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)),
		"Ed25519": must(edwards, err),
	}
})

// algorithms are all that a ring can have, each with its type of key; "" is a secret.
var algorithms = map[jose.SignatureAlgorithm]string{
	jose.HS256: "", jose.HS384: "", jose.HS512: "",
	jose.RS256: "RSA", jose.RS384: "RSA", jose.RS512: "RSA",
	jose.PS256: "RSA", jose.PS384: "RSA", jose.PS512: "RSA",
	jose.ES256: "P-256", jose.ES384: "P-384", jose.ES512: "P-521",
	jose.EdDSA: "Ed25519",
}

// accused is an application with one key, and what go-jose needs to judge it.
type accused struct {
	*authtest.App
	t      *testing.T
	alg    jose.SignatureAlgorithm
	sign   any // the key as go-jose signs with it
	ring   *keys.Ring
	token  string // a genuine access token
	header map[string]any
	claims map[string]any
}

func accuse(t *testing.T, alg jose.SignatureAlgorithm) *accused {
	t.Helper()
	a := &accused{t: t, alg: alg, sign: secret}
	var key *keys.Key
	var err error
	if name := algorithms[alg]; name == "" {
		key, err = keys.HMAC(string(alg), secret)
	} else {
		private := privateKeys()[name]
		a.sign = private
		key, err = keys.Private(string(alg), private)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a.ring, err = keys.NewRing(key); err != nil {
		t.Fatal(err)
	}
	a.App = authtest.New(t, func(c *ginauth.Config) { c.Keys, c.JWT.Key = a.ring, nil })
	a.token = a.Login("user1").AccessToken
	a.header, a.claims = authtest.HeaderOf(t, a.token), authtest.Claims(t, a.token)
	return a
}

// forEach runs a test once for each algorithm.
func forEach(t *testing.T, test func(t *testing.T, a *accused)) {
	t.Helper()
	for alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) { test(t, accuse(t, alg)) })
	}
}

// verifier returns the key for verifying as another service learns it: from the JWKS, or the
// shared secret.
func (a *accused) verifier() any {
	a.t.Helper()
	if algorithms[a.alg] == "" {
		return secret
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(a.ring.JWKS(), &set); err != nil {
		a.t.Fatal(err)
	}
	kid, _ := a.header["kid"].(string)
	found := set.Key(kid)
	if len(found) != 1 || !found[0].Valid() || !found[0].IsPublic() || found[0].Algorithm != string(a.alg) {
		a.t.Fatalf("the JWKS has for %q: %+v", kid, found)
	}
	return found[0].Key
}

// forgery says how a token differs from the genuine one. Zero fields keep what it has.
type forgery struct {
	alg     jose.SignatureAlgorithm
	key     any
	header  map[jose.HeaderKey]any // nil values remove
	claims  map[string]any         // nil values remove
	options jose.SignerOptions
}

// signature lets go-jose sign the genuine token's header and claims with the forgery's changes.
func (a *accused) signature(f forgery) *jose.JSONWebSignature {
	a.t.Helper()
	payload, err := json.Marshal(changed(a.claims, f.claims))
	if err != nil {
		a.t.Fatal(err)
	}
	signature, err := a.signer(f).Sign(payload)
	if err != nil {
		a.t.Fatal(err)
	}
	return signature
}

func (a *accused) signer(f forgery) jose.Signer {
	a.t.Helper()
	header := map[jose.HeaderKey]any{"kid": a.header["kid"], "typ": a.header["typ"]}
	for name, value := range changed(header, f.header) {
		f.options.WithHeader(name, value)
	}
	if f.alg == "" {
		f.alg = a.alg
	}
	if f.key == nil {
		f.key = a.sign
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: f.alg, Key: f.key}, &f.options)
	if err != nil {
		a.t.Fatal(err)
	}
	return signer
}

// mint returns the forgery in the compact serialization.
func (a *accused) mint(f forgery) string {
	a.t.Helper()
	text, err := a.signature(f).CompactSerialize()
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

func changed[K comparable](from, with map[K]any) map[K]any {
	out := maps.Clone(from)
	for name, value := range with {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

func (a *accused) isServed(what, token string) {
	a.t.Helper()
	if reply := a.Get("/protected", token); reply.Status != http.StatusOK {
		a.t.Errorf("%s: %d %s", what, reply.Status, reply)
	}
}

func (a *accused) isRefused(what, token string) {
	a.t.Helper()
	if reply := a.Get("/protected", token); reply.Status != http.StatusUnauthorized || reply.Word() != "token_invalid" {
		a.t.Errorf("%s: %d %s", what, reply.Status, reply)
	}
}

// judged is what go-jose finds in a token that it verifies.
func (a *accused) judged(token string) (map[string]any, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{a.alg})
	if err != nil {
		return nil, err
	}
	var standard jwt.Claims
	var all map[string]any
	if err := parsed.Claims(a.verifier(), &standard, &all); err != nil {
		return nil, err
	}
	return all, standard.ValidateWithLeeway(jwt.Expected{Issuer: authtest.Issuer, AnyAudience: jwt.Audience{authtest.Audience}, Time: a.Clock.Now()}, 0)
}
