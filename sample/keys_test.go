package main_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"
)

func keyFile(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeyFileChoosesTheAlgorithmAndFillsTheKeySet(t *testing.T) {
	t.Parallel()
	rsaKey, rsaErr := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, ecErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edKey, edErr := ed25519.GenerateKey(rand.Reader)
	if rsaErr != nil || ecErr != nil || edErr != nil {
		t.Fatal(rsaErr, ecErr, edErr)
	}
	for alg, key := range map[string]crypto.Signer{"RS256": rsaKey, "ES256": ecKey, "EdDSA": edKey} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			file := "JWT_PRIVATE_KEY_FILE=" + keyFile(t, key)
			server := anyRedis(t)
			a, b := start(t, server.url(), file), start(t, server.url(), file)
			user := a.login(t, "user1")
			token, _, err := jwt.NewParser().ParseUnverified(user.access, jwt.MapClaims{})
			if err != nil {
				t.Fatal(err)
			}
			if token.Header["alg"] != alg || token.Header["typ"] != "at+jwt" {
				t.Errorf("header %v", token.Header)
			}
			set, _ := a.ok(t, get("/.well-known/jwks.json", "")).body["keys"].([]any)
			if len(set) != 1 || set[0].(map[string]any)["kid"] != token.Header["kid"] || set[0].(map[string]any)["d"] != nil {
				t.Errorf("key set %v", set)
			}
			b.alive(t, user.access)
			b.ok(t, refreshRequest(user.refresh))
			hs := forge(t, user.access, func(jwt.MapClaims) {}) // signed with JWT_SECRET, which no longer signs
			a.refused(t, get("/protected", hs), http.StatusUnauthorized, "token_invalid")
		})
	}
}

func TestPreviousSecretsVerifyAndNeverSign(t *testing.T) {
	t.Parallel()
	server := anyRedis(t)
	const next = "the next secret is long enough as well: 0123"
	before := start(t, server.url())
	old := before.login(t, "user1")
	after := start(t, server.url(), "JWT_SECRET="+next, "JWT_PREVIOUS_SECRETS="+secret+","+next)
	after.alive(t, old.access)
	renewed := tokensOf(after.ok(t, refreshRequest(old.refresh)))
	after.alive(t, renewed.access)
	before.refused(t, get("/protected", renewed.access), http.StatusUnauthorized, "token_invalid")
	finished := start(t, server.url(), "JWT_SECRET="+next)
	finished.alive(t, renewed.access)
	finished.refused(t, get("/protected", old.access), http.StatusUnauthorized, "token_invalid")
}

func TestWithoutASecretTheKeyIsRandomAndTheLogSaysSo(t *testing.T) {
	t.Parallel()
	a, b := start(t, "JWT_SECRET="), start(t, "JWT_SECRET=")
	for _, n := range []*node{a, b} {
		if !strings.Contains(n.stderr.String(), "JWT_SECRET is not set") {
			t.Errorf("no warning:\n%s", n.stderr)
		}
	}
	b.refused(t, get("/protected", a.login(t, "user1").access), http.StatusUnauthorized, "token_invalid")
}
