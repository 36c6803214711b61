package main_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v4"
)

// published returns the default that docker-compose.yml has for a variable.
func published(t *testing.T, variable string) string {
	t.Helper()
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\$\{` + variable + `:-([^}]+)\}`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("docker-compose.yml has no default for %s", variable)
	}
	return string(found[1])
}

// Everybody can read docker-compose.yml, and make tokens with the secret in it.
func TestThePublishedSecretsAreRefusedOutsideOfATry(t *testing.T) {
	t.Parallel()
	example := published(t, "JWT_SECRET")
	redis := "REDIS_URL=redis://:" + published(t, "REDIS_PASSWORD") + "@127.0.0.1:1/0"
	for variable, env := range map[string][]string{
		"JWT_SECRET":           {"JWT_SECRET=" + example},
		"JWT_PREVIOUS_SECRETS": {"JWT_SECRET=" + secret, "JWT_PREVIOUS_SECRETS=" + secret + "," + example},
		"INTROSPECTION_SECRET": {"JWT_SECRET=" + secret, "INTROSPECTION_SECRET=" + example},
		"REDIS_URL":            {"JWT_SECRET=" + secret, redis},
	} {
		for _, try := range []string{"", "TRY_OUT=false"} {
			if said := mistaken(t, append(env, try)...); len(said) != 1 || !strings.HasPrefix(said[0], variable+": ") || strings.Contains(said[0], "for-trying-out") {
				t.Errorf("%s: %q", variable, said)
			}
		}
	}
	n := start(t, "JWT_SECRET="+example, redis, "TRY_OUT=true")
	if !strings.Contains(n.stderr.String(), "TRY_OUT is on") {
		t.Errorf("no warning:\n%s", n.stderr)
	}
	if log := start(t).stderr.String(); strings.Contains(log, "TRY_OUT") {
		t.Errorf("a warning without a cause:\n%s", log)
	}
}

func TestComposeGivesRedisAPasswordThatTheNodesUse(t *testing.T) {
	text, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	password := "${REDIS_PASSWORD:-" + published(t, "REDIS_PASSWORD") + "}"
	for _, want := range []string{"--requirepass\n      - " + password, "REDIS_URL: redis://:" + password + "@redis:6379/0", "REDISCLI_AUTH: " + password, "TRY_OUT: "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docker-compose.yml has no %q", want)
		}
	}
}

func TestAKeyFileThatOthersCanReachIsToldOrRefused(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a mode has no such bits on Windows")
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	path := keyFile(t, key)
	const warning = "everybody on this machine can read the private key"
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		n := start(t, "JWT_PRIVATE_KEY_FILE="+path)
		if strings.Contains(n.stderr.String(), warning) != warned {
			t.Errorf("%v: warned %v\n%s", mode, !warned, n.stderr)
		}
	}
	if err := os.Chmod(path, 0o646); err != nil { //nolint:gosec // G302: the test is about such modes
		t.Fatal(err)
	}
	if said := mistaken(t, "JWT_PRIVATE_KEY_FILE="+path); len(said) != 1 || !strings.HasPrefix(said[0], "JWT_PRIVATE_KEY_FILE: ") {
		t.Errorf("%q", said)
	}
}

func TestTheClientIDIsInTheTokens(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]string{"": "ginauth-sample", "JWT_CLIENT_ID=web-shop": "web-shop"} {
		n := start(t, env)
		claims := jwt.MapClaims{}
		token, _, err := jwt.NewParser().ParseUnverified(n.login(t, "user1").access, claims)
		if err != nil || claims["client_id"] != want || token.Header["typ"] != "at+jwt" {
			t.Errorf("%q: client_id %v, typ %v, %v", env, claims["client_id"], token.Header["typ"], err)
		}
	}
}
