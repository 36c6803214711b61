package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// Whoever holds the signing key could otherwise write tokens today that a revocation of
// everybody tomorrow does not cover.
func TestASessionThatBeginsInTheFutureIsNone(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, fixedRefreshKey)
		app.Engine.GET("/strict", app.Auth.Require(ginauth.Strict()))
		tokens := app.Login("user1")
		id := mustID(t, tokens.SessionID)
		for name, future := range map[string]session.ID{
			"the same session, later": id.WithTime(clock.Now().Add(31 * time.Second)),
			"in a century":            session.NewID(clock.Now().AddDate(100, 0, 0), id.Shard()),
			"of a shard that is none": session.NewID(clock.Now().AddDate(1, 0, 0), 255),
		} {
			forged := forge(t, tokens.AccessToken, map[string]any{"sid": future.String()})
			for _, route := range []string{"/protected", "/strict", "/hello"} {
				wantRefusal(t, app.Get(route, forged), http.StatusUnauthorized, "token_invalid")
			}
			for _, route := range []string{"/logout", "/logout/all"} {
				wantRefusal(t, app.Do("POST", route, authtest.Bearer(forged)), http.StatusUnauthorized, "token_invalid")
			}
			if answer, err := app.Auth.Introspect(t.Context(), forged); err != nil || answer.Active {
				t.Errorf("%s: introspection says active %t, %v", name, answer.Active, err)
			}
			refresh := codecOf(t).Encode(token.Refresh{ID: future, Generation: 1})
			wantRefusal(t, app.Refresh(refresh), http.StatusUnauthorized, "invalid_grant")
			wantRefusal(t, app.Do("POST", "/logout", authtest.JSON(map[string]string{"refresh_token": refresh})), http.StatusUnauthorized, "invalid_grant")
			app.Login("user2", authtest.Bearer(forged)) // keeps nobody from logging in
			if n, err := app.Auth.RevokeSession(t.Context(), future); n != 0 || err != nil {
				t.Errorf("%s: RevokeSession ended %d, %v", name, n, err)
			}
		}
		wantStatus(t, app.Get("/strict", tokens.AccessToken), http.StatusOK)
	})
}
