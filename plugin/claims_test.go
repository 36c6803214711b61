package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// The claims belong to their request: a handler may change them at any depth without affecting
// a later request with the same token.
func TestAHandlerCannotChangeTheClaimsOfALaterRequest(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["nested"] = map[string]any{"list": []any{map[string]any{"deep": "clean"}}}
			return claims
		}
	})
	app.Engine.GET("/vandal", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		claims := jwt.ExtractClaims(c)
		access, _ := ginauth.AccessFrom(c)
		c.String(http.StatusOK, "%v %v %v %v", claims["sub"], claims["role"], claims["nested"], access.Claims["added"])
		nested, _ := claims["nested"].(map[string]any)
		list, _ := nested["list"].([]any)
		inner, _ := list[0].(map[string]any)
		inner["deep"], nested["list"] = "dirty", "dirty"
		claims["sub"], claims["role"], claims["added"] = "admin", "admin", true
		clear(access.Claims)
	})
	for range 3 {
		tokens := app.Login("user1")
		for range 3 {
			reply := app.Get("/vandal", tokens.AccessToken)
			if want := "user1 user map[list:[map[deep:clean]]] <nil>"; string(reply.Body) != want {
				t.Fatalf("%s, want %s", reply.Body, want)
			}
		}
		wantRefusal(t, app.Get("/protected/admin", tokens.AccessToken), 403, "forbidden")
	}
}

// A token that was valid a moment ago is checked again each time: against the clock, the store
// and Authorizator.
func TestAKnownTokenIsJudgedAnewEachTime(t *testing.T) {
	allowed := true
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(any, *gin.Context) bool { return allowed }
	})
	tokens, other := app.Login("user1"), app.Login("user1")
	for range 3 {
		alive(t, app, tokens)
	}
	allowed = false
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 403, "forbidden")
	allowed = true
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken)), 200)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
	alive(t, app, other)
	app.Clock.Add(authtest.Timeout)
	wantRefusal(t, app.Get("/protected", other.AccessToken), 401, "token_expired")
}

// Other spellings of a token stay refused when the token is in the cache.
func TestAKnownTokenHasOneSpelling(t *testing.T) {
	app := authtest.New(t)
	access := app.Login("user1").AccessToken
	for range 3 {
		wantStatus(t, app.Get("/protected", access), 200)
	}
	dot := strings.LastIndexByte(access, '.') + 1
	for _, signature := range append(otherLastCharacters(access[dot:]), access[dot:]+"=", access[dot:]+"\n", "") {
		wantRefusal(t, app.Get("/protected", access[:dot]+signature), 401, "token_invalid")
	}
	wantStatus(t, app.Get("/protected", access), 200)
}
