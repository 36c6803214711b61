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
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
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

// A revocation ends legacy tokens for good, although they live much longer than ginauth's
// tokens, and also on a mirror that does not ask the store.
func TestOldTokensEndWithTheirUserOrEverybody(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, app *authtest.App, old string){
		"subject": func(t *testing.T, app *authtest.App, _ string) {
			if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
				t.Fatal(err)
			}
		},
		"other sessions": func(t *testing.T, app *authtest.App, _ string) {
			id, err := session.ParseID(app.Login("user1").SessionID)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := app.Auth.RevokeOtherSessions(t.Context(), "user1", id); err != nil {
				t.Fatal(err)
			}
		},
		"everybody": func(t *testing.T, app *authtest.App, _ string) {
			if _, err := app.Auth.RevokeAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
		"the token": func(t *testing.T, app *authtest.App, old string) {
			if _, err := app.Auth.RevokeToken(t.Context(), old); err != nil {
				t.Fatal(err)
			}
		},
		"logout": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(old)), http.StatusOK)
		},
		"logout everywhere": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout/all", authtest.Bearer(old)), http.StatusOK)
		},
		"logout of the others": func(t *testing.T, app *authtest.App, old string) {
			wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(old)), http.StatusOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			store := memstore.NewWith(memstore.Options{Now: clock.Now})
			app := authtest.On(t, clock, store, acceptLegacy)
			old, other := legacyToken(t, clock, "user1"), legacyToken(t, clock, "user2")
			wantStatus(t, app.Get("/protected", old), http.StatusOK)
			end(t, app, old)
			copied := mirror.Must(mirror.New(store, mirror.Options{}))
			t.Cleanup(func() { _ = copied.Close(t.Context()) })
			await(t, "the copy is in step", copied.Ready)
			node := authtest.On(t, clock, copied, acceptLegacy)
			for range 2 {
				wantRefusal(t, app.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
				wantRefusal(t, node.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
				if name != "everybody" {
					wantStatus(t, app.Get("/protected", other), http.StatusOK)
					wantStatus(t, node.Get("/protected", other), http.StatusOK)
				}
				clock.Add(legacyLife - time.Minute) // our own tokens live a quarter of an hour
			}
		})
	}
}

// A legacy token made in the same second as the cut-off, or slightly later by a clock that is
// ahead, is refused. A token made much later is accepted.
func TestAnOldTokenOfTheSecondOfTheCutoffIsRefused(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusUnauthorized, "token_revoked")
	app.Clock.Add(30 * time.Second)
	wantRefusal(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusUnauthorized, "token_revoked")
	app.Clock.Add(time.Second)
	wantStatus(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusOK)
}

func TestAConnectionWithAnOldTokenEndsWithItsUser(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	ended := stay(t, app, legacyToken(t, app.Clock, "user1"))
	other := stay(t, app, legacyToken(t, app.Clock, "user2"))
	app.Clock.Add(time.Minute)
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, ended, ginauth.ErrTokenRevoked)
	if _, err := app.Auth.RevokeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, other, ginauth.ErrTokenRevoked)
}

func TestOnlyWhatGinJWTMintedIsAnOldToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy, func(c *ginauth.Config) { c.NoTokenCache, c.TokenCacheBytes = true, 0 })
	good := authtest.Claims(t, legacyToken(t, app.Clock, "user1"))
	now := app.Clock.Now().Unix()
	for name, changes := range map[string]map[string]any{
		"another kind of token":  {"token_use": "password_reset"},
		"a token with an id":     {"jti": "x"},
		"a token with a session": {"sid": session.NewID(app.Clock.Now(), 0).String()},
		"no orig_iat":            {"orig_iat": nil},
		"orig_iat is text":       {"orig_iat": "yesterday"},
		"orig_iat is 0":          {"orig_iat": 0},
		"made in the future":     {"orig_iat": now + 31},
		"no exp":                 {"exp": nil},
		"nobody's":               {jwt.IdentityKey: nil},
		"an object's":            {jwt.IdentityKey: map[string]any{"name": "user1"}},
		"a fraction's":           {jwt.IdentityKey: 1.5},
		"a rounded number's":     {jwt.IdentityKey: 1 << 60},
		"another issuer's":       {"iss": "somebody"},
		"for somebody else":      {"aud": []string{"somebody"}},
	} {
		t.Run(name, func(t *testing.T) {
			token := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, with(good, changes))
			wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_invalid")
		})
	}
	for name, changes := range map[string]map[string]any{
		"as it was": {}, "a number's": {jwt.IdentityKey: 17}, "ours": {"iss": authtest.Issuer, "aud": authtest.Audience},
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

// A legacy token names no session. A login that ends a session, or a token that names an
// unknown session, must not end the session id zero, which all legacy tokens share.
func TestALoginWithAnOldTokenEndsNoOtherOldToken(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	old, other := legacyToken(t, app.Clock, "user1"), legacyToken(t, app.Clock, "user2")
	app.Login("user1", authtest.Bearer(old))
	wantStatus(t, app.Get("/protected", old), http.StatusOK)
	wantStatus(t, app.Get("/protected", other), http.StatusOK)
}

func TestLoggingOutWithASessionOfNobodyEndsNobodys(t *testing.T) {
	app := authtest.New(t, acceptLegacy)
	tokens := app.Login("user1")
	foreign := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil,
		with(authtest.Claims(t, tokens.AccessToken), map[string]any{"sid": "somewhere-else"}))
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(foreign)), http.StatusOK)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	wantStatus(t, app.Get("/protected", legacyToken(t, app.Clock, "user1")), http.StatusOK)
}

// With a limit in the far future the remaining time overflows. The revocation must still not
// be forgotten early.
func TestOldTokensStayRevokedWhenTheyAreAcceptedForEver(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.Legacy = &ginauth.Legacy{Until: time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)}
	})
	old := legacyToken(t, app.Clock, "user1")
	if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	app.Clock.Add(legacyLife - time.Minute)
	wantRefusal(t, app.Get("/protected", old), http.StatusUnauthorized, "token_revoked")
}
