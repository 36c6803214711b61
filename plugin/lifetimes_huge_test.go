package ginauth_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// "For ever" is the longest Duration. Nothing may be added to it.
func TestTokensThatLiveForEverAreAlive(t *testing.T) {
	for _, life := range []time.Duration{math.MaxInt64, math.MaxInt64 - time.Minute} {
		app := authtest.New(t, func(c *ginauth.Config) {
			c.JWT.Timeout, c.SessionMaxTTL, c.SessionIdleTTL = life, life, life
		})
		tokens := app.Login("user1")
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
		if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized)
	}
}
