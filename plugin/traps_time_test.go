package ginauth_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// These traps concern time and numbers.

func TestTrap28_OneClockJudgesAllTimes(t *testing.T) {
	for name, offset := range map[string]time.Duration{"a day behind": -24 * time.Hour, "a year ahead": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			clock.Add(offset)
			app := authtest.On(t, clock, memstore.NewWith(memstore.Options{Now: clock.Now}))
			tokens := app.Login("user1")
			wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
			clock.Add(authtest.Timeout)
			wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")
		})
	}
}

// The clocks of a node and of its store may differ: lifetimes use the store's clock, and exp
// is written by the node's clock.
func TestTrap28_ANodeWhoseClockIsWrongStillWorks(t *testing.T) {
	stores := authtest.NewClock()
	nodes := authtest.NewClock()
	nodes.Add(-3 * time.Hour)
	app := authtest.On(t, nodes, memstore.NewWith(memstore.Options{Now: stores.Now}), func(c *ginauth.Config) {
		c.SessionIdleTTL, c.SessionMaxTTL = time.Hour, time.Hour
	})
	tokens := app.Login("user1")
	if tokens.ExpiresIn != 900 || tokens.RefreshExpiresIn != 3600 {
		t.Errorf("expires_in %d, refresh_expires_in %d", tokens.ExpiresIn, tokens.RefreshExpiresIn)
	}
	tokens = app.Refreshed(tokens.RefreshToken)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
}

func TestTrap29_ATokenIsDeadAtExpAndAliveBefore(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	app.Clock.Add(authtest.Timeout - time.Nanosecond)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	app.Clock.Add(time.Nanosecond)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")

	// gin-jwt's own option to skip the library's check does not disable the check of exp.
	app = authtest.New(t, func(c *ginauth.Config) { c.JWT.ParseOptions = []jwtv4.ParserOption{jwtv4.WithoutClaimsValidation()} })
	tokens = app.Login("user1")
	app.Clock.Add(authtest.Timeout)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")
}

func TestTrap30_ClocksMayDifferByTheLeeway(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	now := app.Clock.Now().Unix()
	for _, claim := range []string{"iat", "nbf"} {
		wantStatus(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{claim: now + 30})), http.StatusOK)
		wantRefusal(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{claim: now + 31})), http.StatusUnauthorized, "token_invalid")
	}
	// exp has no leeway.
	wantRefusal(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"exp": now})), http.StatusUnauthorized, "token_expired")

	app = authtest.New(t, func(c *ginauth.Config) { c.Leeway = 2 * time.Second })
	tokens = app.Login("user1")
	wantStatus(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"iat": now + 1})), http.StatusOK)
	wantRefusal(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"iat": now + 5})), http.StatusUnauthorized, "token_invalid")
}

func TestTrap31_ExpOfEveryTypeIs401AndLargeNumbersKeepTheirDigits(t *testing.T) {
	const big = 9007199254740993 // 2^53 + 1
	for name, options := range map[string][]jwtv4.ParserOption{"float64": nil, "json.Number": {jwtv4.WithJSONNumber()}} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, func(c *ginauth.Config) {
				c.JWT.ParseOptions = options
				c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
					claims := authtest.Payload(data)
					claims["big"] = big
					return claims
				}
			})
			var big any
			app.Engine.GET("/big", app.Auth.MiddlewareFunc(), func(c *gin.Context) { big = jwt.ExtractClaims(c)["big"] })
			first := app.Login("user1")
			tokens := app.Refreshed(first.RefreshToken)
			for _, exp := range []any{nil, "1", true, []any{}, 1e300, -1, 0, json.Number("253402300800")} {
				wantRefusal(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"exp": exp})), http.StatusUnauthorized, "token_invalid")
			}
			exp := float64(app.Clock.Now().Unix()) + 0.5
			wantStatus(t, app.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"exp": exp})), http.StatusOK)
			wantStatus(t, app.Get("/big", tokens.AccessToken), http.StatusOK)
			if name == "json.Number" && big != json.Number("9007199254740993") {
				t.Errorf("after a refresh the claim reads %v", big)
			}
		})
	}
}

func TestTrap32_ReservedClaimsWinAndExpHasItsName(t *testing.T) {
	config := goodConfig()
	config.JWT.ExpField = "valid_until"
	wantMistakes(t, config, "JWT.ExpField")
	config = goodConfig()
	config.JWT.IdentityKey = "jti"
	wantMistakes(t, config, "JWT.IdentityKey")

	names := []string{"sub", "exp", "iat", "nbf", "jti", "sid", "gen", "auth_time", "token_use", "iss", "aud"}
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			for _, name := range names {
				claims[name] = "forged"
			}
			return claims
		}
	})
	tokens := app.Login("user1")
	for _, access := range []string{tokens.AccessToken, app.Refreshed(tokens.RefreshToken).AccessToken} {
		claims := authtest.Claims(t, access)
		for _, name := range names {
			if claims[name] == "forged" || claims[name] == nil {
				t.Errorf("%s is %v", name, claims[name])
			}
		}
		wantStatus(t, app.Get("/protected", access), http.StatusOK)
	}
}

func TestTrap33_TimeoutFuncGetsTheClaimsAtLoginAndAtRefresh(t *testing.T) {
	role := "short"
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) {
		return authtest.User{Name: s.Subject, Role: role}, nil
	}), func(c *ginauth.Config) {
		c.JWT.TimeoutFunc = func(data any) time.Duration {
			claims, ok := data.(jwtv4.MapClaims) // the type that gin-jwt hands over
			if !ok {
				t.Errorf("TimeoutFunc got a %T", data)
			}
			claims["seen_by_timeout"] = true
			if claims["role"] == "short" {
				return time.Minute
			}
			return 2 * time.Hour
		}
	})
	tokens := app.Login("user1")
	if tokens.ExpiresIn != 7200 {
		t.Errorf("expires_in %d", tokens.ExpiresIn)
	}
	tokens = app.Refreshed(tokens.RefreshToken)
	if tokens.ExpiresIn != 60 {
		t.Errorf("expires_in %d after the role changed", tokens.ExpiresIn)
	}
	if authtest.Claims(t, tokens.AccessToken)["seen_by_timeout"] != true {
		t.Error("a write to the claims at refresh was lost")
	}
	app.Clock.Add(time.Minute)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")
}
