package main_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

func TestExampleVerifyOnlyObeysTheIssuersRevocations(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := start(t, server.url(), "JWT_PRIVATE_KEY_FILE="+keyFile(t, private))
	n := startExample(t, "verify-only", server.url(), "JWT_PUBLIC_KEY_FILE="+publicKeyFile(t, public))

	user := issuer.login(t, "user1")
	if got := n.ok(t, get("/reports", user.access)).text("reports_of"); got != "user1" {
		t.Errorf("reports of %q", got)
	}
	n.refused(t, get("/reports", start(t).login(t, "user1").access), http.StatusUnauthorized, "token_invalid") // this token has another issuer
	issuer.ok(t, post("/logout", user.access))
	eventually(t, 3*time.Second, func() bool {
		got, err := n.try(t, get("/reports", user.access))
		return err == nil && got.text("error") == "token_revoked"
	})
}

func publicKeyFile(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExampleRS256IsVerifiedWithThePublicFileAlone(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	keyFiles := func() (private, public string) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		return keyFile(t, key), publicKeyFile(t, key.Public())
	}
	private, public := keyFiles()
	issuer := startExample(t, "gin-jwt-rs256", server.url(), "JWT_PRIVATE_KEY_FILE="+private, "JWT_PUBLIC_KEY_FILE="+public)
	verifier := startExample(t, "verify-only", server.url(), "JWT_PUBLIC_KEY_FILE="+public)
	user := issuer.login(t, "user1")
	token, _, err := jwt.NewParser().ParseUnverified(user.access, jwt.MapClaims{})
	if err != nil || token.Header["alg"] != "RS256" {
		t.Errorf("%v %v", token.Header, err)
	}
	if got := issuer.ok(t, get("/protected", user.access)).text("hello"); got != "user1" {
		t.Errorf("hello %q", got)
	}
	if got := verifier.ok(t, get("/reports", user.access)).text("reports_of"); got != "user1" {
		t.Errorf("reports of %q", got)
	}
	foreignPrivate, foreignPublic := keyFiles()
	foreign := startExample(t, "gin-jwt-rs256", server.url(), "JWT_PRIVATE_KEY_FILE="+foreignPrivate, "JWT_PUBLIC_KEY_FILE="+foreignPublic)
	verifier.refused(t, get("/reports", foreign.login(t, "user1").access), http.StatusUnauthorized, "token_invalid")
	issuer.ok(t, post("/logout", user.access))
	eventually(t, 3*time.Second, func() bool {
		got, err := verifier.try(t, get("/reports", user.access))
		return err == nil && got.text("error") == "token_revoked"
	})
}
