package judge_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

func TestGoJoseVerifiesWhatIsMinted(t *testing.T) {
	forEach(t, func(t *testing.T, a *accused) {
		refreshed := a.Refreshed(a.Login("user1").RefreshToken).AccessToken
		for _, token := range []string{a.token, refreshed} {
			claims, err := a.judged(token)
			if err != nil || claims["sub"] != "user1" || claims["token_use"] != "access" {
				t.Errorf("%v, %v", claims, err)
			}
		}
		if _, err := a.judged(a.token[:len(a.token)-8] + "AAAAAAAA"); !errors.Is(err, jose.ErrCryptoFailure) {
			t.Errorf("a changed signature: %v", err)
		}
	})
}

func TestWhatGoJoseMintsIsAccepted(t *testing.T) {
	forEach(t, func(t *testing.T, a *accused) {
		a.isServed("all claims", a.mint(forgery{}))
		a.isServed("more than all", a.mint(forgery{
			header: map[jose.HeaderKey]any{"x": []int{1}},
			claims: map[string]any{"aud": []string{"another", authtest.Audience}, "x": map[string]any{"y": "<&>\u2028"}},
		}))
		a.isServed("no kid", a.mint(forgery{header: map[jose.HeaderKey]any{"kid": nil}}))
	})
}

// Each forgery is signed, and with every algorithm refused for the one thing that is named.
func TestForgeriesOfGoJoseAreRefused(t *testing.T) {
	theirs, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := base64.StdEncoding.EncodeToString([]byte("a certificate"))
	forEach(t, func(t *testing.T, a *accused) {
		now := a.Clock.Now().Unix()
		for name, claims := range map[string]map[string]any{
			"aud": {"aud": "another"}, "no aud": {"aud": nil}, "iss": {"iss": "another"}, "no iss": {"iss": nil},
			"no sub": {"sub": nil}, "no sid": {"sid": nil}, "no jti": {"jti": nil}, "no exp": {"exp": nil},
			"nbf": {"nbf": now + 600}, "iat": {"iat": now + 600}, "token_use": {"token_use": "refresh"}, "no token_use": {"token_use": nil},
		} {
			a.isRefused(name, a.mint(forgery{claims: claims}))
		}
		for name, header := range map[string]map[jose.HeaderKey]any{
			"typ dpop+jwt": {"typ": "dpop+jwt"}, "typ logout+jwt": {"typ": "logout+jwt"}, "typ is a number": {"typ": 1},
			"another kid": {"kid": "another"}, "kid is a list": {"kid": []any{a.header["kid"]}},
			"crit": {"crit": []string{"x"}, "x": 1}, "empty crit": {"crit": []string{}},
		} {
			a.isRefused(name, a.mint(forgery{header: header}))
		}
		for name, header := range map[string]map[jose.HeaderKey]any{
			"our kid": {}, "no kid": {"kid": nil}, "jku": {"jku": "http://127.0.0.1:1/jwks.json"},
			"x5u": {"x5u": "http://127.0.0.1:1/x.pem"}, "x5c": {"x5c": []string{certificate}},
		} {
			a.isRefused("another key, "+name, a.mint(forgery{alg: jose.ES256, key: theirs, header: header}))
		}
		embedded := jose.SignerOptions{EmbedJWK: true}
		a.isRefused("another key, embedded", a.mint(forgery{alg: jose.ES256, key: theirs, options: embedded, header: map[jose.HeaderKey]any{"kid": nil}}))
	})
}

// The same key under another algorithm, and public keys as secrets.
func TestAnotherAlgorithmWithTheSameKeyIsRefused(t *testing.T) {
	forEach(t, func(t *testing.T, a *accused) {
		for other, key := range algorithms {
			if other == a.alg || key != algorithms[a.alg] {
				continue
			}
			a.isRefused(string(other), a.mint(forgery{alg: other}))
			a.isRefused(string(other)+" without kid", a.mint(forgery{alg: other, header: map[jose.HeaderKey]any{"kid": nil}}))
		}
		for _, public := range publicTexts(t, a) {
			for _, alg := range []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512} {
				a.isRefused("the public key as secret", a.mint(forgery{alg: alg, key: public}))
				a.isRefused("the same without kid", a.mint(forgery{alg: alg, key: public, header: map[jose.HeaderKey]any{"kid": nil}}))
			}
		}
		parts := strings.Split(a.token, ".")
		for _, alg := range []string{"none", "None", "NONE", ""} {
			header := authtest.Segment(`{"alg":"` + alg + `"}`)
			a.isRefused("alg "+alg, header+"."+parts[1]+".")
			a.isRefused("alg "+alg+", signed", header+"."+parts[1]+"."+parts[2])
		}
	})
}

// publicTexts returns everything public about a key, in forms that a careless verifier might
// take for a secret. go-jose wants secrets of at least 64 bytes for HS512.
func publicTexts(t *testing.T, a *accused) [][]byte {
	t.Helper()
	private, ok := a.sign.(crypto.Signer)
	if !ok {
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return [][]byte{text, bytes.TrimSpace(text), a.ring.JWKS()}
}

// Other serializations of a signature that is good.
func TestOtherSerializationsOfGoJoseAreRefused(t *testing.T) {
	forEach(t, func(t *testing.T, a *accused) {
		signature := a.signature(forgery{})
		a.isRefused("flattened JSON", signature.FullSerialize())
		general := map[string]any{}
		if err := json.Unmarshal([]byte(signature.FullSerialize()), &general); err != nil {
			t.Fatal(err)
		}
		list, err := json.Marshal(map[string]any{
			"payload": general["payload"], "signatures": []any{map[string]any{"protected": general["protected"], "signature": general["signature"]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		a.isRefused("general JSON", string(list))
		detached, err := signature.DetachedCompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		a.isRefused("detached", detached)

		var unencoded jose.SignerOptions
		unencoded.WithBase64(false)
		parts := strings.Split(a.mint(forgery{options: unencoded, claims: map[string]any{"x": "no dot"}}), ".")
		a.isRefused("b64 false", strings.Join(parts, "."))
		a.isRefused("b64 false, encoded", parts[0]+"."+base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts[1:len(parts)-1], ".")))+"."+parts[len(parts)-1])
	})
}

// A token inside another one, which is encrypted or signed.
func TestATokenInsideAnotherIsRefused(t *testing.T) {
	forEach(t, func(t *testing.T, a *accused) {
		var nested jose.EncrypterOptions
		nested.WithType("JWT").WithContentType("JWT")
		encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: secret[:32]}, &nested)
		if err != nil {
			t.Fatal(err)
		}
		jwe, err := encrypter.Encrypt([]byte(a.token))
		if err != nil {
			t.Fatal(err)
		}
		encrypted, err := jwe.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		a.isRefused("JWE", encrypted)
		inner, err := a.signer(forgery{header: map[jose.HeaderKey]any{"cty": "JWT"}}).Sign([]byte(a.token))
		if err != nil {
			t.Fatal(err)
		}
		text, err := inner.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		a.isRefused("JWS in JWS", text)
	})
}

// RFC 7518 section 3.5: the salt of PS256 has the length of the hash. go-jose, like golang-jwt
// by default, accepts any length.
func TestASaltOfAnotherLengthIsRefused(t *testing.T) {
	for alg, hash := range map[jose.SignatureAlgorithm]crypto.Hash{jose.PS256: crypto.SHA256, jose.PS384: crypto.SHA384, jose.PS512: crypto.SHA512} {
		t.Run(string(alg), func(t *testing.T) {
			a := accuse(t, alg)
			signed := a.token[:strings.LastIndexByte(a.token, '.')]
			digest := hash.New()
			digest.Write([]byte(signed))
			key, _ := a.sign.(*rsa.PrivateKey)
			for _, length := range []int{1, 20, hash.Size() - 1, hash.Size(), hash.Size() + 1, 2 * hash.Size()} {
				signature, err := rsa.SignPSS(rand.Reader, key, hash, digest.Sum(nil), &rsa.PSSOptions{SaltLength: length, Hash: hash})
				if err != nil {
					t.Fatal(err)
				}
				token := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
				if length == hash.Size() {
					a.isServed("the right salt", token)
				} else {
					a.isRefused("another salt", token)
				}
			}
		})
	}
}
