package ginauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// The thief refreshes first each time and uses nothing, so that the victim's late retry is
// answered and confirms the generation for both.
func TestAThiefWhoRefreshesFirstIsFoundAtTheThirdLateRetry(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		stolen := app.Login("user1").RefreshToken
		for range 2 {
			app.Refreshed(stolen) // by the thief
			clock.Add(time.Minute)
			victim := app.Refreshed(stolen)
			wantStatus(t, app.Get("/protected", victim.AccessToken), http.StatusOK)
			await(t, "confirmation", func() bool { return confirmed(t, app) })
			stolen = victim.RefreshToken
		}
		thief := app.Refreshed(stolen)
		clock.Add(time.Minute)
		wantRefusal(t, app.Refresh(stolen), http.StatusUnauthorized, "invalid_grant")
		wantRefusal(t, app.Refresh(thief.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		wantRefusal(t, app.Get("/protected", thief.AccessToken), http.StatusUnauthorized, "token_revoked")
		if n := len(app.Events.Of(ginauth.EventRefreshReuse)); n != 1 {
			t.Errorf("%d events of reuse", n)
		}
	})
}

// A client whose replies are lost now and then stays logged in.
func TestOrdinaryRefreshesBetweenLateRetriesKeepTheSession(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		refresh := app.Login("user1").RefreshToken
		for range 6 {
			for range 2 {
				app.Refreshed(refresh) // whose reply is lost
				clock.Add(time.Minute)
				refresh = app.Refreshed(refresh).RefreshToken
			}
			refresh = app.Refreshed(refresh).RefreshToken
		}
	})
}

func TestIntrospectionKnowsThatAThirdLateRetryIsRefused(t *testing.T) {
	app := authtest.New(t)
	refresh := app.Login("user1").RefreshToken
	for retries := range 3 {
		app.Refreshed(refresh)
		app.Clock.Add(time.Minute)
		answer, err := app.Auth.Introspect(t.Context(), refresh)
		if err != nil || answer.Active != (retries < 2) {
			t.Errorf("after %d late retries: active %t, %v", retries, answer.Active, err)
		}
		if retries < 2 {
			refresh = app.Refreshed(refresh).RefreshToken
		}
	}
}

func TestARetryByAnotherClientIsTold(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		long := strings.Repeat("a", 2*session.MaxUserAgent)
		for name, row := range map[string]struct {
			agent, address string
			want           string
		}{
			"the same":          {long, "192.0.2.1:1", ""},
			"another browser":   {"curl/8", "192.0.2.1:1", "other_client"},
			"another address":   {long, "198.51.100.7:1", "other_client"},
			"no browser's name": {"", "192.0.2.1:1", "other_client"},
		} {
			app := authtest.On(t, clock, store)
			refresh := app.Login("user1").RefreshToken
			present := func(agent, address string) {
				body := authtest.JSON(map[string]string{"refresh_token": refresh})
				wantStatus(t, app.Do("POST", "/refresh", body, authtest.Header("User-Agent", agent), func(r *http.Request) { r.RemoteAddr = address }), http.StatusOK)
			}
			present(long, "192.0.2.1:1")
			present(row.agent, row.address)
			retries := app.Events.Of(ginauth.EventRefreshRetry)
			if len(retries) != 1 || retries[0].Reason != row.want {
				t.Errorf("%s: %+v, want one with reason %q", name, retries, row.want)
			}
			if told := strings.Contains(app.Logs.String(), `level=WARN msg="ginauth: refresh_retry"`); told != (row.want != "") {
				t.Errorf("%s: a warning in the log: %t", name, told)
			}
		}
	})
}
