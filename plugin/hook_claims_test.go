package ginauth_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// Real hooks read claims["id"].(string) in RefreshResponse, on a route outside of the group too.
func TestRefreshResponseHasClaimsAndIdentity(t *testing.T) {
	type seen struct {
		claims   jwt.MapClaims
		identity any
		token    string
		access   ginauth.Access
	}
	var calls []seen
	hook := func(c *gin.Context, code int, _ string, _ time.Time) {
		identity, _ := c.Get("id")
		access, _ := ginauth.AccessFrom(c)
		calls = append(calls, seen{jwt.ExtractClaims(c), identity, jwt.GetToken(c), access})
		tokens, _ := ginauth.TokensFrom(c)
		c.JSON(code, tokens)
	}
	for _, key := range []jwtv4.ParserOption{nil, jwtv4.WithJSONNumber()} {
		calls = nil
		app := authtest.New(t, func(c *ginauth.Config) {
			c.JWT.IdentityKey = "id"
			c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
				user, _ := data.(authtest.User)
				return jwt.MapClaims{"id": user.Name, "level": 7}
			}
			c.JWT.LoginResponse, c.JWT.RefreshResponse = hook, hook
			if key != nil {
				c.JWT.ParseOptions = []jwtv4.ParserOption{key}
			}
		})
		app.Engine.POST("/inside", app.Auth.MiddlewareFunc(), app.Auth.RefreshHandler)
		first := app.Login("user1")
		second := app.Refreshed(first.RefreshToken)
		third := app.Do(http.MethodPost, "/inside", authtest.Bearer(second.AccessToken), authtest.JSON(map[string]string{"refresh_token": second.RefreshToken})).Tokens(t)
		for i, tokens := range []ginauth.Tokens{first, second, third} {
			var level any
			app.Engine.GET("/level"+string(rune('a'+i)), app.Auth.MiddlewareFunc(), func(c *gin.Context) { level = jwt.ExtractClaims(c)["level"] })
			wantStatus(t, app.Get("/level"+string(rune('a'+i)), tokens.AccessToken), http.StatusOK)
			got := calls[i]
			if got.claims["id"] != "user1" || got.identity != "user1" || got.claims["level"] != level || got.token != tokens.AccessToken ||
				got.access.Subject != "user1" || got.access.Generation != uint32(i+1) || got.access.SessionID.String() != tokens.SessionID {
				t.Errorf("call %d: %+v, want level %T", i, got, level)
			}
		}
	}
}

// The hook of a logout asks who has left. Nothing may go on with that token: it need not be alive.
func TestNobodyGoesOnWithTheTokenOfALogout(t *testing.T) {
	var app *authtest.App
	var found error
	app = authtest.New(t, func(c *ginauth.Config) {
		c.JWT.LogoutResponse = func(c *gin.Context, code int) {
			if access, ok := ginauth.AccessFrom(c); !ok || access.Subject != "user1" {
				t.Errorf("who left: %+v", access)
			}
			_, found = app.Auth.Authenticate(c)
			app.Auth.LogoutAllHandler(c)
		}
	})
	other, tokens := app.Login("user1"), app.Login("user1")
	app.Clock.Add(2 * authtest.Timeout)
	reply := app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken))
	wantRefusal(t, reply, http.StatusUnauthorized, "token_expired")
	if !errors.Is(found, ginauth.ErrTokenExpired) {
		t.Errorf("Authenticate: %v", found)
	}
	wantStatus(t, app.Refresh(other.RefreshToken), http.StatusOK)
}

// At a refresh gin-jwt hands over what JSON gives, so real hooks assert float64. Kept claims are
// read digit for digit all the same.
func TestTimeoutFuncSeesGinJWTsTypes(t *testing.T) {
	const big = 9007199254740993 // 2^53 + 1: no float64
	var seen []jwtv4.MapClaims
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			user, _ := data.(authtest.User)
			return jwt.MapClaims{jwt.IdentityKey: user.Name, "hours": 5, "big": big, "deep": map[string]any{"list": []any{big}}, "gone": 1}
		}
		c.JWT.TimeoutFunc = func(data any) time.Duration {
			claims, _ := data.(jwtv4.MapClaims)
			seen = append(seen, claims)
			claims["seen"] = len(seen)
			delete(claims, "gone")
			if hours, ok := claims["hours"].(float64); ok {
				claims["hours"] = hours + 1
				return time.Duration(hours) * time.Hour
			}
			return time.Minute
		}
	})
	tokens := app.Login("user1")
	if _, ok := seen[0]["hours"].(int); !ok || tokens.ExpiresIn != 60 {
		t.Errorf("at login: %T, %d s", seen[0]["hours"], tokens.ExpiresIn)
	}
	for want := range 2 {
		tokens = app.Refreshed(tokens.RefreshToken)
		if tokens.ExpiresIn != 5*3600 {
			t.Errorf("refresh %d: %d s", want, tokens.ExpiresIn)
		}
		access, err := app.Auth.Verify(t.Context(), tokens.AccessToken)
		if err != nil || access.Claims["hours"] != 6.0 || access.Claims["seen"] != float64(want+2) || access.Claims["gone"] != nil {
			t.Errorf("claims %v, %v", access.Claims, err)
		}
		payload := payloadOf(t, tokens.AccessToken)
		for _, digits := range []string{`"big":9007199254740993`, `{"list":[9007199254740993]}`} {
			if !strings.Contains(payload, digits) {
				t.Errorf("%s is not in %s", digits, payload)
			}
		}
	}
}

// With Reload a refresh has PayloadFunc's own types. The hook sees the same as without it, and once:
// with StrictRotation the size of the token is tried before it is made.
func TestTimeoutFuncSeesTheSameTypesWithReload(t *testing.T) {
	var seen []any
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) { return authtest.UserNamed(s.Subject), nil }), func(c *ginauth.Config) {
		c.StrictRotation = true
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			user, _ := data.(authtest.User)
			return jwt.MapClaims{jwt.IdentityKey: user.Name, "hours": 5, "big": 9007199254740993}
		}
		c.JWT.TimeoutFunc = func(data any) time.Duration {
			claims, _ := data.(jwtv4.MapClaims)
			seen = append(seen, claims["hours"])
			if hours, ok := claims["hours"].(float64); ok {
				claims["hours"] = hours + 1
			}
			return time.Hour
		}
	})
	tokens := app.Refreshed(app.Login("user1").RefreshToken)
	payload := payloadOf(t, tokens.AccessToken)
	if seen[0] != 5 || len(seen) != 3 || seen[1] != 5.0 || seen[2] != 5.0 {
		t.Errorf("seen %v", seen)
	}
	if !strings.Contains(payload, `"hours":6,`) || !strings.Contains(payload, `"big":9007199254740993`) {
		t.Error(payload)
	}
}

// payloadOf returns the JSON of a token's claims.
func payloadOf(t *testing.T, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
