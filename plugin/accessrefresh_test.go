package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// accessRefresh lets access tokens refresh, expired by at most this long.
func accessRefresh(expired time.Duration) func(*ginauth.Config) {
	return func(c *ginauth.Config) { c.AccessRefresh = &ginauth.AccessRefresh{Expired: expired} }
}

// oldClient is an App with gin-jwt's route for refreshing.
func oldClient(t *testing.T, changes ...func(*ginauth.Config)) *authtest.App {
	t.Helper()
	return withOldRoute(authtest.New(t, append([]func(*ginauth.Config){accessRefresh(time.Hour)}, changes...)...))
}

func withOldRoute(app *authtest.App) *authtest.App {
	app.Engine.GET("/refresh_token", app.Auth.RefreshHandler)
	return app
}

// renew refreshes as a client of gin-jwt does.
func renew(app *authtest.App, access string) authtest.Reply { return app.Get("/refresh_token", access) }

func TestAnOldTabLogsNobodyOut(t *testing.T) {
	app := oldClient(t)
	first := app.Login("user1")
	newest := first
	for range 5 {
		app.Clock.Add(time.Minute)
		reply := renew(app, newest.AccessToken)
		wantStatus(t, reply, http.StatusOK)
		newest = reply.Tokens(t)
	}
	old := renew(app, first.AccessToken) // of generation 1
	wantStatus(t, old, http.StatusOK)
	for _, tokens := range []ginauth.Tokens{first, newest, old.Tokens(t)} {
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	}
	if n := len(app.Events.Of(ginauth.EventRefreshReuse)); n != 0 {
		t.Errorf("%d events of reuse", n)
	}
}
