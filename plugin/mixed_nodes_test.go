package ginauth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// While a deployment is on its way, and after a roll-back, nodes with gin-jwt alone get the tokens of
// this package. Their refresh panics without orig_iat, so the application's own PayloadFunc adds it.
// The token that they make is one of the same session.
func TestAGinJWTNodeRefreshesANewTokenThatHasOrigIat(t *testing.T) {
	app := oldClient(t, acceptLegacy, func(c *ginauth.Config) {
		now := c.JWT.TimeFunc
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["orig_iat"] = now().Unix()
			return claims
		}
		c.Reload = func(_ context.Context, s session.Session) (any, error) { return authtest.UserNamed(s.Subject), nil }
	})
	params := authtest.JWT(app.Clock)
	params.MaxRefresh = time.Hour
	old, err := jwt.New(params)
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.GET("/refresh_token", old.MiddlewareFunc(), old.RefreshHandler)
	there := func(access string) string {
		t.Helper()
		reply := authtest.Serve(t, r, http.MethodGet, "/refresh_token", authtest.Bearer(access))
		wantStatus(t, reply, http.StatusOK)
		token, _ := reply.Members()["token"].(string)
		wantStatus(t, app.Get("/protected", token), http.StatusOK)
		return token
	}
	app.Clock.Add(-2 * time.Hour) // gin-jwt's parser knows no clock but the machine's
	login := app.Login("user1")
	for range 16 {
		app.Clock.Add(authtest.Timeout / 2)
		login = app.Refreshed(login.RefreshToken)
	}
	token := there(login.AccessToken)                                           // two MaxRefresh after the login
	there(renew(app, legacyToken(t, app.Clock, "user2")).Tokens(t).AccessToken) // a session of an old token
	login = app.Refreshed(login.RefreshToken)                                   // gin-jwt has used nothing up
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(login.AccessToken)), http.StatusOK)
	reply := authtest.Serve(t, r, http.MethodGet, "/refresh_token", authtest.Bearer(login.AccessToken))
	wantStatus(t, reply, http.StatusOK) // gin-jwt knows nothing of the logout
	again, _ := reply.Members()["token"].(string)
	for _, token := range []string{token, again} {
		if reply := app.Get("/protected", token); reply.Status != http.StatusUnauthorized {
			t.Errorf("after the logout: %s", reply)
		}
	}
}

// A second New with a store of its own knows none of the first one's sessions, and neither does the
// process after a restart, if the store is in memory.
func TestASecondStoreWithTheSameKeyKnowsNoSession(t *testing.T) {
	clock := authtest.NewClock()
	first, second := authtest.New(t, func(c *ginauth.Config) { c.JWT = authtest.JWT(clock) }), authtest.New(t, func(c *ginauth.Config) { c.JWT = authtest.JWT(clock) })
	token := first.Login("user1").AccessToken
	wantStatus(t, first.Get("/protected", token), http.StatusOK)
	wantRefusal(t, second.Get("/protected", token), http.StatusUnauthorized, "token_revoked")
}
