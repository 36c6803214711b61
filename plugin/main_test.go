package ginauth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// wantRefusal fails the test unless the reply is exactly this row of the error table.
func wantRefusal(t *testing.T, reply authtest.Reply, status int, word string) {
	t.Helper()
	if reply.Status != status || reply.Word() != word {
		t.Fatalf("got %d %s, want %d %s", reply.Status, reply, status, word)
	}
	if names := strings.Join(reply.Names(), " "); names != "code error message" {
		t.Errorf("members of the refusal: %s", names)
	}
	if challenge := reply.Header.Get("WWW-Authenticate"); (status == http.StatusUnauthorized) != (challenge != "") {
		t.Errorf("%d with the challenge %q", status, challenge)
	}
}

func wantStatus(t *testing.T, reply authtest.Reply, status int) {
	t.Helper()
	if reply.Status != status {
		t.Fatalf("got %d %s, want %d", reply.Status, reply, status)
	}
}

// goodConfig returns a Config that New accepts.
func goodConfig() ginauth.Config {
	return ginauth.Config{
		JWT:   &jwt.GinJWTMiddleware{Key: []byte(authtest.Secret), Authenticator: authtest.Authenticate},
		Store: memstore.New(),
	}
}

// wantMistakes fails the test unless New reports exactly these fields, one per line.
func wantMistakes(t *testing.T, config ginauth.Config, fields ...string) {
	t.Helper()
	auth, err := ginauth.New(config)
	if err == nil {
		if closeErr := auth.Close(t.Context()); closeErr != nil {
			t.Error(closeErr)
		}
		t.Fatalf("New took it; want mistakes in %v", fields)
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(fields) {
		t.Fatalf("want %d mistakes %v, got:\n%v", len(fields), fields, err)
	}
	for i, field := range fields {
		if !strings.HasPrefix(lines[i], "ginauth: Config."+field) {
			t.Errorf("mistake %d is %q, want Config.%s", i, lines[i], field)
		}
	}
}

// forge changes a login's claims and signs them again with the App's own secret. A nil value
// removes a claim.
func forge(t *testing.T, access string, changes map[string]any) string {
	t.Helper()
	claims := with(authtest.Claims(t, access), changes)
	return authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, claims)
}

// keyPair is an RSA key with its two PEM files.
type keyPair struct {
	key             *rsa.PrivateKey
	private, public []byte
}

func newKeyPair() keyPair {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return keyPair{
		key:     key,
		private: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		public:  pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
	}
}

// Generating an RSA key is slow, so all tests share two.
var (
	rsaOurs   = sync.OnceValue(newKeyPair)
	rsaTheirs = sync.OnceValue(newKeyPair)
)

// useRSA makes an App sign with RS256.
func useRSA(c *ginauth.Config) {
	c.JWT.Key = nil
	c.JWT.SigningAlgorithm = "RS256"
	c.JWT.PrivKeyBytes, c.JWT.PubKeyBytes = rsaOurs().private, rsaOurs().public
}

// useKeys makes an App sign with the first of these keys.
func useKeys(all ...*keys.Key) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		ring, err := keys.NewRing(all...)
		if err != nil {
			panic(err)
		}
		c.JWT.Key, c.Keys = nil, ring
	}
}

func mustKey(key *keys.Key, err error) *keys.Key {
	if err != nil {
		panic(err)
	}
	return key
}

func reloadWith(reload func(session.Session) (any, error)) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		c.Reload = func(_ context.Context, s session.Session) (any, error) { return reload(s) }
	}
}

// with returns a changed copy of claims. A nil value removes a claim.
func with(claims jwtv4.MapClaims, changes map[string]any) jwtv4.MapClaims {
	out := maps.Clone(claims)
	for name, value := range changes {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

// claimsOfLength signs claims with padding so that the token is exactly n bytes long.
func claimsOfLength(t *testing.T, claims jwtv4.MapClaims, n int) string {
	t.Helper()
	for pad := n / 2; pad < n; pad++ {
		token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(claims, map[string]any{"pad": strings.Repeat("x", pad)}))
		if len(token) == n {
			return token
		}
		if len(token) > n {
			break
		}
	}
	t.Fatalf("no token of %d bytes", n)
	return ""
}

// testRefreshKey keys the refresh tokens of Apps that codecOf can write tokens for.
var testRefreshKey = []byte("refresh-key-of-tests-0123456789-")

func fixedRefreshKey(c *ginauth.Config) { c.RefreshKeys = [][]byte{testRefreshKey} }

func codecOf(t *testing.T) *token.Codec {
	t.Helper()
	codec, err := token.NewCodec(testRefreshKey)
	if err != nil {
		t.Fatal(err)
	}
	return codec
}
