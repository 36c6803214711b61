package ginauth_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

// These traps concern keys and algorithms.

func TestTrap09_KeyFuncWithRS256IsRefused(t *testing.T) {
	config := goodConfig()
	useRSA(&config)
	config.JWT.KeyFunc = func(*jwtv4.Token) (any, error) { return &rsaOurs().key.PublicKey, nil }
	wantMistakes(t, config, "JWT.KeyFunc")
}

func TestTrap10_KeyFuncWithoutKeyIsRefused(t *testing.T) {
	config := goodConfig()
	config.JWT.Key = nil
	config.JWT.KeyFunc = func(*jwtv4.Token) (any, error) { return []byte(authtest.Secret), nil }
	wantMistakes(t, config, "JWT.KeyFunc", "JWT.Key")
}

func TestTrap11_ShortKeysAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, alg string
		key       []byte
	}{
		{"nil", "", nil},
		{"empty, an unset variable", "HS256", []byte("")},
		{"one byte", "HS256", []byte("x")},
		{"HS256 with 31 bytes", "HS256", make([]byte, 31)},
		{"HS384 with 47 bytes", "HS384", make([]byte, 47)},
		{"HS512 with 63 bytes", "HS512", make([]byte, 63)},
	} {
		t.Run(row.name, func(t *testing.T) {
			config := goodConfig()
			config.JWT.SigningAlgorithm, config.JWT.Key = row.alg, row.key
			wantMistakes(t, config, "JWT.Key")
		})
	}
}

// rsa1024 is a key that Go still accepts for signing.
const rsa1024 = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyaVrHM0WGQqGp6nLnzjPRORI+
l2NFAuK66eLvMKlOQXZcQ1rMXPYda42OHtQIOFeVPsOCpcRbwpx2xoM134N7ClYQ
3kSJfa+CqC0iRXrwqvg+VbqFrvbms46GikhxBjJC5EAMGIZoLD8WWGztCBfysxpd
cjOntoKxMVyYSUYGBwIDAQAB
-----END PUBLIC KEY-----
`

func TestTrap11_WeakAndMismatchedPairsAreRefused(t *testing.T) {
	config := goodConfig()
	useRSA(&config)
	config.JWT.PubKeyBytes = rsaTheirs().public
	wantMistakes(t, config, "JWT.PubKey")

	config.JWT.PubKeyBytes = []byte(rsa1024)
	wantMistakes(t, config, "JWT.PubKey")

	config.JWT.PrivKeyBytes = rsaOurs().public
	wantMistakes(t, config, "JWT.PrivKey")
}

func TestTrap12_UnknownAlgorithmsAreRefused(t *testing.T) {
	for _, alg := range []string{"HS257", "hs256", "none", "None", " HS256", "ES256", "EdDSA", "PS256", "RS1"} {
		t.Run(alg, func(t *testing.T) {
			config := goodConfig()
			config.JWT.SigningAlgorithm = alg
			wantMistakes(t, config, "JWT.SigningAlgorithm")
		})
	}
}

func TestTrap12_EveryNamedAlgorithmSignsAndVerifies(t *testing.T) {
	for _, alg := range []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512"} {
		t.Run(alg, func(t *testing.T) {
			app := authtest.New(t, func(c *ginauth.Config) {
				if alg[0] == 'R' {
					useRSA(c)
				}
				c.JWT.SigningAlgorithm = alg
			})
			tokens := app.Login("user1")
			if got := authtest.HeaderOf(t, tokens.AccessToken)["alg"]; got != alg {
				t.Errorf("alg %v", got)
			}
			tokens = app.Refreshed(tokens.RefreshToken)
			wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
		})
	}
}

func TestTrap12_KeysSignWhatGinJWTCannot(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, useKeys(mustKey(keys.Private("EdDSA", private))))
	tokens := app.Refreshed(app.Login("user1").RefreshToken)
	if got := authtest.HeaderOf(t, tokens.AccessToken)["alg"]; got != "EdDSA" {
		t.Errorf("alg %v", got)
	}
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
}

func TestTrap13_APublicKeyAloneMakesAVerifyOnlyService(t *testing.T) {
	issuer := authtest.New(t, useRSA)
	store := authtest.NewFaulty(issuer.Store)
	verifier := authtest.On(t, issuer.Clock, store, useKeys(mustKey(keys.ParsePEM(rsaOurs().public, ""))), func(c *ginauth.Config) {
		c.JWT.Authenticator = nil
	})
	tokens := issuer.Login("user1")
	wantStatus(t, verifier.Get("/protected", tokens.AccessToken), http.StatusOK)
	wantRefusal(t, verifier.Do(http.MethodPost, "/login"), http.StatusInternalServerError, "internal")
	wantStatus(t, verifier.Refresh(tokens.RefreshToken), http.StatusUnauthorized)
	if n := store.Calls(authtest.Rotate); n != 0 {
		t.Errorf("%d rotations by a service that cannot sign", n)
	}
	wantStatus(t, verifier.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
	wantRefusal(t, issuer.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
}

func TestTrap14_TheAlgorithmIsPinned(t *testing.T) {
	hs := authtest.New(t)
	rs := authtest.New(t, useRSA)
	hsClaims := authtest.Claims(t, hs.Login("user1").AccessToken)
	rsClaims := authtest.Claims(t, rs.Login("user1").AccessToken)
	for _, row := range []struct {
		name   string
		app    *authtest.App
		method jwtv4.SigningMethod
		key    any
		claims jwtv4.MapClaims
	}{
		{"HS512 for HS256", hs, jwtv4.SigningMethodHS512, []byte(authtest.Secret), hsClaims},
		{"HS384 for HS256", hs, jwtv4.SigningMethodHS384, []byte(authtest.Secret), hsClaims},
		{"none for HS256", hs, jwtv4.SigningMethodNone, jwtv4.UnsafeAllowNoneSignatureType, hsClaims},
		{"PS256 for RS256", rs, jwtv4.SigningMethodPS256, rsaOurs().key, rsClaims},
		{"RS512 for RS256", rs, jwtv4.SigningMethodRS512, rsaOurs().key, rsClaims},
		{"HS256 with the public PEM", rs, jwtv4.SigningMethodHS256, rsaOurs().public, rsClaims},
		{"none for RS256", rs, jwtv4.SigningMethodNone, jwtv4.UnsafeAllowNoneSignatureType, rsClaims},
	} {
		t.Run(row.name, func(t *testing.T) {
			forged := authtest.Sign(t, row.method, row.key, nil, row.claims)
			wantRefusal(t, row.app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
		})
	}
}

func TestTrap15_GetTokenAndSendAuthorizationWorkForEveryKeyAndNeverForAForgery(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){"HS256": func(*ginauth.Config) {}, "RS256": useRSA} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, change, func(c *ginauth.Config) { c.JWT.SendAuthorization = true })
			var seen string
			app.Engine.GET("/token", app.Auth.MiddlewareFunc(), func(c *gin.Context) { seen = jwt.GetToken(c) })
			tokens := app.Login("user1")
			reply := app.Get("/token", tokens.AccessToken)
			if seen != tokens.AccessToken || reply.Header.Get("Authorization") != "Bearer "+tokens.AccessToken {
				t.Errorf("GetToken %q, Authorization %q", seen, reply.Header.Get("Authorization"))
			}
			var after string
			app.Engine.GET("/after", func(c *gin.Context) { c.Next(); after = jwt.GetToken(c) }, app.Auth.MiddlewareFunc())
			reply = app.Get("/after", tokens.AccessToken[:len(tokens.AccessToken)-8]+"AAAAAAAA")
			wantRefusal(t, reply, http.StatusUnauthorized, "token_invalid")
			if after != "" || reply.Header.Get("Authorization") != "" {
				t.Errorf("a forged token was handed on: %q, %q", after, reply.Header.Get("Authorization"))
			}
		})
	}
}

func TestTrap16_AnotherKindOfTokenWithTheSameKeyIsRefused(t *testing.T) {
	app := authtest.New(t)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	reset := jwtv4.MapClaims{"sub": "user1", "identity": "user1", "purpose": "password-reset", "exp": claims["exp"]}
	forged := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, reset)
	wantRefusal(t, app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")

	for name, header := range map[string]map[string]any{
		"crit": {"crit": []string{"exp"}}, "empty crit": {"crit": []string{}},
		"typ of a logout token": {"typ": "logout+jwt"}, "typ is a number": {"typ": 1},
	} {
		t.Run(name, func(t *testing.T) {
			forged := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), header, claims)
			wantRefusal(t, app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
		})
	}
	for name, changes := range map[string]map[string]any{
		"iss": {"iss": "another"}, "no iss": {"iss": nil}, "aud": {"aud": "another"}, "no aud": {"aud": nil}, "token_use": {"token_use": "refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			forged := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(claims, changes))
			wantRefusal(t, app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
		})
	}
}

func TestKeyFilesAreReadOnceAndMissingOnesAreNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, rsaOurs().private, 0o600); err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, useRSA, func(c *ginauth.Config) { c.JWT.PrivKeyBytes, c.JWT.PrivKeyFile = nil, file })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, app.Get("/protected", app.Login("user1").AccessToken), http.StatusOK)

	config := goodConfig()
	useRSA(&config)
	config.JWT.PrivKeyBytes, config.JWT.PrivKeyFile = nil, file
	wantMistakes(t, config, "JWT.PrivKeyFile")
}
