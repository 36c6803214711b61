package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

const legacyLife = 30 * 24 * time.Hour

// acceptLegacy accepts legacy tokens for longer than they live.
func acceptLegacy(c *ginauth.Config) {
	c.Legacy = &ginauth.Legacy{Until: c.JWT.TimeFunc().Add(2 * legacyLife)}
}

// legacyToken returns a token that gin-jwt itself minted with the App's key and clock.
func legacyToken(t *testing.T, clock *authtest.Clock, name string) string {
	t.Helper()
	old := authtest.JWT(clock)
	old.Timeout = legacyLife
	mw, err := jwt.New(old)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := mw.TokenGenerator(authtest.UserNamed(name))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestOldTokensAreRefusedUnlessAccepted(t *testing.T) {
	app := authtest.New(t)
	wantRefusal(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusUnauthorized, "token_invalid")
}

func TestAnOldTokenOpensRoutesUntilItExpires(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	old := legacyToken(t, app.Clock, "user1")
	for range 2 { // the second is cached
		reply := app.Get("/protected", old)
		wantStatus(t, reply, http.StatusOK)
		if reply.Members()["identity"] != "user1" {
			t.Errorf("identity: %s", reply)
		}
	}
	wantStatus(t, app.Get("/protected/sessions", old), http.StatusOK)
	wantRefusal(t, app.Get("/protected/admin", old), http.StatusForbidden, "forbidden")
	wantRefusal(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(old)), http.StatusUnauthorized, "reauthentication_required")
	wantRefusal(t, app.Refresh(old), http.StatusUnauthorized, "invalid_grant")
	app.Clock.Add(legacyLife - time.Second)
	wantStatus(t, app.Get("/protected", old), http.StatusOK)
	app.Clock.Add(time.Second)
	wantRefusal(t, app.Get("/protected", old), http.StatusUnauthorized, "token_expired")
}

func TestNoOldTokenOutlivesLegacyUntil(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.Legacy, c.ExpiryLeeway = &ginauth.Legacy{Until: c.JWT.TimeFunc().Add(time.Hour)}, time.Minute
	})
	cached := legacyToken(t, app.Clock, "user1")
	wantStatus(t, app.Get("/protected", cached), http.StatusOK)
	app.Clock.Add(time.Hour)
	for _, token := range []string{cached, legacyToken(t, app.Clock, "user2")} {
		wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_expired")
	}
}

func TestOnlyWhatGinJWTMintedIsAnOldToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy, func(c *ginauth.Config) { c.NoTokenCache, c.TokenCacheBytes = true, 0 })
	good := authtest.Claims(t, legacyToken(t, app.Clock, "user1"))
	now := app.Clock.Now().Unix()
	for name, changes := range map[string]map[string]any{
		"another kind of token":        {"token_use": "password_reset"},
		"no orig_iat":                  {"orig_iat": nil},
		"orig_iat is text":             {"orig_iat": "yesterday"},
		"orig_iat is 0":                {"orig_iat": 0},
		"made in the future":           {"orig_iat": now + 31},
		"no exp":                       {"exp": nil},
		"nobody's":                     {jwt.IdentityKey: nil},
		"sub's of another type":        {jwt.IdentityKey: nil, "sub": []string{"user1"}},
		"a new token without its kind": {"token_use": nil, "orig_iat": nil, "jti": "x", "sid": session.NewID(app.Clock.Now(), 0).String()},
		"an object's":                  {jwt.IdentityKey: map[string]any{"name": "user1"}},
		"a fraction's":                 {jwt.IdentityKey: 1.5},
		"a rounded number's":           {jwt.IdentityKey: 1 << 60},
		"another issuer's":             {"iss": "somebody"},
		"for somebody else":            {"aud": []string{"somebody"}},
	} {
		t.Run(name, func(t *testing.T) {
			token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, changes))
			wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_invalid")
		})
	}
	for name, changes := range map[string]map[string]any{
		"as it was": {}, "a number's": {jwt.IdentityKey: 17}, "ours": {"iss": authtest.Issuer, "aud": authtest.Audience},
		"named by sub": {jwt.IdentityKey: nil, "sub": "user1"},
	} {
		t.Run(name, func(t *testing.T) {
			token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, changes))
			wantStatus(t, app.Get("/protected", token), http.StatusOK)
		})
	}
	expired := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, map[string]any{"exp": now}))
	wantRefusal(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(expired)), http.StatusUnauthorized, "token_expired")
}

func TestLegacySubjectNamesTheUserOfOldTokens(t *testing.T) {
	config := goodConfig()
	config.Subject = func(any) string { return "x" }
	config.Legacy = &ginauth.Legacy{Until: time.Now().Add(time.Hour)}
	wantMistakes(t, config, "Legacy.Subject")
	config = goodConfig()
	config.Legacy = &ginauth.Legacy{Subject: func(jwt.MapClaims) string { return "x" }}
	wantMistakes(t, config, "Legacy.Until")

	app := authtest.New(t, acceptLegacy, func(c *ginauth.Config) {
		c.Legacy.Subject = func(claims jwt.MapClaims) string { name, _ := claims[jwt.IdentityKey].(string); return "id of " + name }
	})
	old := legacyToken(t, app.Clock, "user1")
	engine := gin.New()
	engine.GET("/me", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		c.String(http.StatusOK, access.Subject)
	})
	if reply := authtest.Serve(t, engine, http.MethodGet, "/me", authtest.Bearer(old)); string(reply.Body) != "id of user1" {
		t.Errorf("subject: %s", reply.Body)
	}
}

func TestIntrospectionOfAnOldToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	old := legacyToken(t, app.Clock, "user1")
	answer, err := app.Auth.Introspect(t.Context(), old)
	if err != nil || !answer.Active || answer.Subject != "user1" || answer.SessionID != "" || answer.TokenID != "" {
		t.Errorf("%+v, %v", answer, err)
	}
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	if answer, err = app.Auth.Introspect(t.Context(), old); err != nil || answer.Active {
		t.Errorf("revoked: %+v, %v", answer, err)
	}
}

// exp has no leeway by default. With a leeway, a revocation lasts for the longer time too.
func TestExpiryLeeway(t *testing.T) {
	strict := authtest.New(t)
	mild := authtest.New(t, func(c *ginauth.Config) { c.ExpiryLeeway = 20 * time.Second })
	for app, leeway := range map[*authtest.App]time.Duration{strict: 0, mild: 20 * time.Second} {
		tokens, revoked := app.Login("user1"), app.Login("user2")
		if _, err := app.Auth.RevokeToken(t.Context(), revoked.AccessToken); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
		app.Clock.Add(authtest.Timeout + leeway - time.Second)
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
		wantRefusal(t, app.Get("/protected", revoked.AccessToken), http.StatusUnauthorized, "token_revoked")
		app.Clock.Add(time.Second)
		wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")
	}
	config := goodConfig()
	config.ExpiryLeeway = -1
	wantMistakes(t, config, "ExpiryLeeway")
}
