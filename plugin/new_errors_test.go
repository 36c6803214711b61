package ginauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// Programs that test for gin-jwt's errors find them, and the lines that New prints stay as they are.
func TestNewsErrorsAreGinJWTs(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*jwt.GinJWTMiddleware)
		theirs error
		line   string
	}{
		"no key":             {func(m *jwt.GinJWTMiddleware) { m.Key = nil }, jwt.ErrMissingSecretKey, "ginauth: Config.JWT.Key: "},
		"no Authenticator":   {func(m *jwt.GinJWTMiddleware) { m.Authenticator = nil }, jwt.ErrMissingAuthenticatorFunc, "ginauth: Config.JWT.Authenticator: required"},
		"another algorithm":  {func(m *jwt.GinJWTMiddleware) { m.SigningAlgorithm = "none" }, jwt.ErrInvalidSigningAlgorithm, "ginauth: Config.JWT.SigningAlgorithm: "},
		"no private file":    {rs256("/no/such/file", nil, "", nil), jwt.ErrNoPrivKeyFile, "ginauth: Config.JWT.PrivKeyFile: "},
		"no private key":     {rs256("", nil, "", nil), jwt.ErrInvalidPrivKey, "ginauth: Config.JWT.PrivKeyFile: required"},
		"a junk private key": {rs256("", []byte("Invalid_Private_Key"), "", nil), jwt.ErrInvalidPrivKey, "ginauth: Config.JWT.PrivKey: "},
		"no public file":     {rs256("keys/testdata/rsa.pem", nil, "/no/such/file", nil), jwt.ErrNoPubKeyFile, "ginauth: Config.JWT.PubKeyFile: "},
		"a junk public key":  {rs256("keys/testdata/rsa.pem", nil, "", []byte("Invalid_Public_Key")), jwt.ErrInvalidPubKey, "ginauth: Config.JWT.PubKey: "},
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			row.change(config.JWT)
			_, err := ginauth.New(config)
			if !errors.Is(err, row.theirs) || !strings.HasPrefix(err.Error(), row.line) || strings.Contains(err.Error(), row.theirs.Error()) {
				t.Errorf("%v", err)
			}
		})
	}
	config := goodConfig()
	config.JWT.Key, config.JWT.Authenticator = nil, nil
	_, err := ginauth.New(config)
	if !errors.Is(err, jwt.ErrMissingSecretKey) || !errors.Is(err, jwt.ErrMissingAuthenticatorFunc) || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not all at once: %v", err)
	}
	config.JWT.Key = []byte("short")
	if _, err := ginauth.New(config); errors.Is(err, jwt.ErrMissingSecretKey) {
		t.Errorf("a short key is not a missing one: %v", err)
	}
}

func rs256(privFile string, priv []byte, pubFile string, pub []byte) func(*jwt.GinJWTMiddleware) {
	return func(m *jwt.GinJWTMiddleware) {
		m.Key, m.SigningAlgorithm = nil, "RS256"
		m.PrivKeyFile, m.PrivKeyBytes, m.PubKeyFile, m.PubKeyBytes = privFile, priv, pubFile, pub
	}
}

// Real projects have claims of these names. Only token_use tells the kinds of tokens apart.
func TestOldTokensWithOwnJTIAreLetIn(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	good := authtest.Claims(t, legacyToken(t, app.Clock, "user1"))
	own := map[string]any{"jti": "17", "sid": "own", "gen": "x", "auth_time": app.Clock.Now().Unix()}
	for name, value := range own {
		token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, map[string]any{name: value}))
		wantStatus(t, app.Get("/protected", token), http.StatusOK)
	}
	all := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, own))
	wantStatus(t, app.Get("/protected", all), http.StatusOK)
	// Whatever it calls its login, it is not fresh.
	wantRefusal(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(all)), http.StatusUnauthorized, "reauthentication_required")
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(all)), http.StatusOK)
	wantRefusal(t, app.Get("/protected", all), http.StatusUnauthorized, "token_revoked")
}
