package ginauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// These traps concern concurrency, cost and logout.

func TestTrap35_InitPerRequestAndLaterChangesRaceWithNothing(t *testing.T) {
	secret := []byte(authtest.Secret)
	var config *ginauth.Config
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key = secret; config = c })
	app.Engine.GET("/init", func(c *gin.Context) {
		if err := app.Auth.MiddlewareInit(); err != nil {
			t.Error(err)
		}
	}, app.Auth.MiddlewareFunc())
	tokens := app.Login("user1")
	stop := make(chan struct{})
	changed := make(chan struct{})
	go func() { // the race detector watches
		defer close(changed)
		for {
			select {
			case <-stop:
				return
			default:
				secret[0]++
				config.JWT.TokenHeadName = "Other"
				config.JWT.Key = nil
				config.Audience[0] = "another"
			}
		}
	}()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if reply := app.Get("/init", tokens.AccessToken); reply.Status != http.StatusOK {
					t.Errorf("%d %s", reply.Status, reply)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	<-changed
	wantStatus(t, app.Get("/protected", app.Login("user1").AccessToken), http.StatusOK)
}

func TestTrap36_HandlersGetTheClaimsThemselvesNotACopy(t *testing.T) {
	app := authtest.New(t)
	app.Engine.GET("/same", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		access.Claims["mark"] = "here"
		c.String(http.StatusOK, fmt.Sprint(jwt.ExtractClaims(c)["mark"]))
	})
	tokens := app.Login("user1")
	if reply := app.Get("/same", tokens.AccessToken); string(reply.Body) != "here" {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
	if header := authtest.HeaderOf(t, tokens.AccessToken); header["typ"] != "JWT" || header["kid"] == nil {
		t.Errorf("header %v", header)
	}
}

func TestTrap37_LongTokensAreRefusedUnread(t *testing.T) {
	app := authtest.New(t)
	for name, token := range map[string]string{
		"1.2 MB of payload": "e30." + strings.Repeat("A", 1200000) + ".AAAA",
		"1 MB of dots":      strings.Repeat(".", 1<<20),
		"one byte too long": strings.Repeat("A", ginauth.MaxToken+1),
	} {
		t.Run(name, func(t *testing.T) {
			// The test takes the fastest of many rounds: a busy machine does not slow all of
			// them.
			fastest := time.Hour
			for range 20 {
				begun := time.Now()
				for range 10 {
					wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_invalid")
				}
				fastest = min(fastest, time.Since(begun))
			}
			// Decoding 1.2 MB ten times takes 150 ms. The limit is half of that.
			if fastest > 75*time.Millisecond {
				t.Errorf("10 refusals took %v", fastest)
			}
		})
	}
	// A token of exactly the maximum length is read.
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	wantStatus(t, app.Get("/protected", claimsOfLength(t, claims, ginauth.MaxToken)), http.StatusOK)
	wantRefusal(t, app.Get("/protected", claimsOfLength(t, claims, ginauth.MaxToken+1)), http.StatusUnauthorized, "token_invalid")
}

func TestTrap38_AForeignValueUnderJWTPayloadHarmsNobody(t *testing.T) {
	app := authtest.New(t)
	poison := func(c *gin.Context) {
		c.Set("JWT_PAYLOAD", "not a map")
		c.Set("JWT_TOKEN", 7)
		c.Set(jwt.IdentityKey, "root")
	}
	app.Engine.GET("/poisoned", poison, app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		c.String(http.StatusOK, "%v %v", jwt.ExtractClaims(c)["sub"], c.MustGet(jwt.IdentityKey))
	})
	app.Engine.GET("/stranger", poison, app.Auth.Optional(), func(c *gin.Context) {
		_, ok := ginauth.AccessFrom(c)
		c.String(http.StatusOK, "%v", ok)
	})
	if reply := app.Get("/poisoned", app.Login("user1").AccessToken); string(reply.Body) != "user1 user1" {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
	if reply := app.Get("/stranger", ""); string(reply.Body) != "false" {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
}

func TestTrap39_LogoutNeedsATokenAndEndsIt(t *testing.T) {
	app := authtest.New(t)
	wantRefusal(t, app.Do("POST", "/logout"), http.StatusUnauthorized, "token_missing")
	tokens := app.Login("user1")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
}
