package ginauth_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// A session that is moved from elsewhere is one in everything but its login.
func TestAnUnprovenSessionIsNeverFresh(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		app.Engine.POST("/move", func(c *gin.Context) {
			tokens, err := app.Auth.Login(c, authtest.UserNamed("user1"), ginauth.Unproven())
			if err != nil {
				app.Auth.Refuse(c, err)
				return
			}
			app.Auth.Reply(c, tokens)
		})
		moved := app.Do(http.MethodPost, "/move").Tokens(t)
		alone, err := app.Auth.BeginSession(t.Context(), authtest.UserNamed("user2"), ginauth.Unproven())
		if err != nil {
			t.Fatal(err)
		}
		for _, tokens := range []ginauth.Tokens{moved, app.Refreshed(moved.RefreshToken), alone} {
			wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
			wantRefusal(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(tokens.AccessToken)), http.StatusUnauthorized, "reauthentication_required")
			if access, err := app.Auth.Verify(t.Context(), tokens.AccessToken); !access.AuthTime.IsZero() || err != nil {
				t.Errorf("auth_time %v, %v", access.AuthTime, err)
			}
		}
		wantStatus(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(app.Login("user1").AccessToken)), http.StatusOK)
	})
}
