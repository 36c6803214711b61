package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// While a deployment is on its way, and after a roll-back, nodes with gin-jwt alone get the tokens of
// this package. Their refresh panics without orig_iat, so the application's own PayloadFunc adds it.
// The token that they make is one of the same session.
func TestAGinJWTNodeRefreshesOurTokenThatHasOrigIat(t *testing.T) {
	app := authtest.New(t, acceptLegacy, func(c *ginauth.Config) {
		now := c.JWT.TimeFunc
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["orig_iat"] = now().Unix()
			return claims
		}
	})
	params := authtest.JWT(app.Clock)
	params.MaxRefresh = time.Hour
	old, err := jwt.New(params)
	if err != nil {
		t.Fatal(err)
	}
	r := gin.New()
	r.GET("/refresh_token", old.MiddlewareFunc(), old.RefreshHandler)

	login := app.Login("user1")
	reply := authtest.Serve(t, r, http.MethodGet, "/refresh_token", authtest.Bearer(login.AccessToken))
	wantStatus(t, reply, http.StatusOK)
	token, ok := reply.Members()["token"].(string)
	if !ok || token == login.AccessToken {
		t.Fatalf("no new token: %s", reply)
	}
	wantStatus(t, app.Get("/protected", token), http.StatusOK)
	app.Refreshed(login.RefreshToken) // gin-jwt has used nothing up
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(login.AccessToken)), http.StatusOK)
	wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_revoked")
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
