package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// The page about gin-jwt v3 shows this code, from here to v3Token.

// v3Store is what the refresh route needs of the RefreshTokenStore of gin-jwt v3.
type v3Store interface {
	Get(ctx context.Context, token string) (data any, err error)
	Delete(ctx context.Context, token string) error
}

// refreshOrMove is the refresh route while clients have refresh tokens of gin-jwt v3: such a token
// begins a session, and is deleted. gone tells the errors of v3's store that mean: none of mine.
func refreshOrMove(auth *ginauth.Auth, old v3Store, gone func(error) bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		token, err := v3Token(c)
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		data, err := old.Get(c.Request.Context(), token)
		if err != nil && gone(err) {
			auth.RefreshHandler(c)
			return
		}
		if err != nil {
			auth.Refuse(c, ginauth.ErrUnavailable)
			return
		}
		tokens, err := auth.Login(c, data, ginauth.Unproven())
		if err != nil {
			auth.Refuse(c, err)
			return
		}
		// Nobody has the new tokens yet. After an error the client comes again with the old one.
		if err := old.Delete(c.Request.Context(), token); err != nil {
			auth.Refuse(c, ginauth.ErrUnavailable)
			return
		}
		auth.Reply(c, tokens)
	}
}

// v3Token returns the refresh token of the body or of v3's cookie, or "".
func v3Token(c *gin.Context) (string, error) {
	token, err := ginauth.Field(c, "refresh_token")
	if token == "" && err == nil {
		token, _ = c.Cookie("refresh_token")
	}
	return token, err
}

var errNotInV3 = errors.New("not found")

// v3Tokens is a store of gin-jwt v3: refresh tokens with what the Authenticator had returned.
type v3Tokens struct {
	users       map[string]any
	getFails    error
	deleteFails error
}

func (s *v3Tokens) Get(_ context.Context, token string) (any, error) {
	data, ok := s.users[token]
	if s.getFails == nil && !ok {
		return nil, errNotInV3
	}
	return data, s.getFails
}

func (s *v3Tokens) Delete(_ context.Context, token string) error {
	if s.deleteFails == nil {
		delete(s.users, token)
	}
	return s.deleteFails
}

func withV3(t *testing.T, changes ...func(*ginauth.Config)) (*authtest.App, *v3Tokens) {
	t.Helper()
	old := &v3Tokens{users: map[string]any{"v3-token": authtest.UserNamed("user1")}}
	app := authtest.New(t, changes...)
	app.Engine.POST("/moved/refresh", refreshOrMove(app.Auth, old, func(err error) bool { return errors.Is(err, errNotInV3) }))
	return app, old
}

func TestARefreshTokenOfGinJWTV3BecomesASessionOnce(t *testing.T) {
	for name, carrier := range map[string]authtest.RequestOption{
		"JSON":   authtest.JSON(map[string]string{"refresh_token": "v3-token"}),
		"form":   authtest.Form(map[string]string{"refresh_token": "v3-token"}),
		"cookie": authtest.Cookie("refresh_token", "v3-token"),
	} {
		t.Run(name, func(t *testing.T) {
			app, _ := withV3(t)
			moved := app.Do(http.MethodPost, "/moved/refresh", carrier)
			wantTokens(t, moved)
			tokens := moved.Tokens(t)
			if claims := authtest.Claims(t, tokens.AccessToken); claims["sub"] != "user1" || claims["role"] != "user" {
				t.Errorf("%v", claims)
			}
			next := app.Do(http.MethodPost, "/moved/refresh", authtest.JSON(map[string]string{"refresh_token": tokens.RefreshToken}))
			if wantTokens(t, next); next.Tokens(t).SessionID != tokens.SessionID {
				t.Errorf("another session: %s", next)
			}
			if again := app.Do(http.MethodPost, "/moved/refresh", carrier); again.Status != http.StatusUnauthorized {
				t.Errorf("the old token again: %s", again)
			}
		})
	}
}

func TestAnOutageOfTheOldStoreGrantsNothingAndLosesNothing(t *testing.T) {
	down := errors.New("connection refused")
	for name, state := range map[string]v3Tokens{"reading": {getFails: down}, "deleting": {deleteFails: down}} {
		t.Run(name, func(t *testing.T) {
			app, old := withV3(t)
			carrier := authtest.JSON(map[string]string{"refresh_token": "v3-token"})
			old.getFails, old.deleteFails = state.getFails, state.deleteFails
			wantRefusal(t, app.Do(http.MethodPost, "/moved/refresh", carrier), http.StatusServiceUnavailable, "unavailable")
			old.getFails, old.deleteFails = nil, nil
			wantTokens(t, app.Do(http.MethodPost, "/moved/refresh", carrier))
		})
	}
}

func TestNoPageOfAnotherSiteMovesACookieOfGinJWTV3(t *testing.T) {
	app, old := withV3(t, func(c *ginauth.Config) { c.Cookies = &ginauth.Cookies{} })
	foreign := app.Do(http.MethodPost, "/moved/refresh", authtest.Cookie("refresh_token", "v3-token"), authtest.Header("Sec-Fetch-Site", "cross-site"))
	wantRefusal(t, foreign, http.StatusForbidden, "cross_origin")
	if _, ok := old.users["v3-token"]; !ok {
		t.Error("the token is used up")
	}
}

// v3Access is an access token as gin-jwt v3 makes it: PayloadFunc's claims, exp and orig_iat.
func v3Access(t *testing.T, clock *authtest.Clock, own jwtv4.MapClaims) string {
	t.Helper()
	claims := jwtv4.MapClaims{"identity": "user1", "role": "user", "exp": clock.Now().Add(time.Hour).Unix(), "orig_iat": clock.Now().Unix()}
	for name, value := range own {
		claims[name] = value
	}
	return authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), nil, claims)
}

func TestAnAccessTokenOfGinJWTV3OpensRoutesAndBecomesASession(t *testing.T) {
	app := withOldRoute(authtest.New(t, acceptLegacy, accessRefresh(0)))
	now := app.Clock.Now().Unix()
	for name, own := range map[string]jwtv4.MapClaims{
		"as v3 makes it":               nil,
		"with sub, iat and nbf of own": {"sub": "user1", "iat": now, "nbf": now},
	} {
		t.Run(name, func(t *testing.T) {
			old := v3Access(t, app.Clock, own)
			wantStatus(t, app.Get("/protected", old), http.StatusOK)
			moved := renew(app, old)
			wantTokens(t, moved)
			if claims := authtest.Claims(t, moved.Tokens(t).AccessToken); claims["sub"] != "user1" || claims["sid"] == nil {
				t.Errorf("%v", claims)
			}
		})
	}
	without := authtest.New(t)
	wantRefusal(t, without.Get("/protected", v3Access(t, without.Clock, nil)), http.StatusUnauthorized, "token_invalid")
}

func TestALogoutWithARefreshTokenOfGinJWTV3IsRefused(t *testing.T) {
	app, _ := withV3(t, acceptLegacy)
	logout := app.Do(http.MethodPost, "/logout", authtest.Bearer(v3Access(t, app.Clock, nil)), authtest.JSON(map[string]string{"refresh_token": "v3-token"}))
	wantRefusal(t, logout, http.StatusUnauthorized, "invalid_grant")
}
