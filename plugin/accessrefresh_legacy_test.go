package ginauth_test

import (
	"context"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// The day of the deploy logs nobody out: a client with gin-jwt's own token refreshes as it did and
// has a session from then on.
func TestAnOldGinJWTTokenBecomesASession(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := withOldRoute(authtest.On(t, clock, store, acceptLegacy, accessRefresh(time.Hour)))
		old := legacyToken(t, clock, "user1")
		first := renew(app, old)
		wantStatus(t, first, http.StatusOK)
		tokens := first.Tokens(t)
		claims := authtest.Claims(t, tokens.AccessToken)
		if claims["sub"] != "user1" || claims["identity"] != "user1" || claims["role"] != "user" || claims["orig_iat"] != nil || claims["auth_time"] != 0.0 {
			t.Errorf("claims %v", claims)
		}
		second := renew(app, tokens.AccessToken)
		wantStatus(t, second, http.StatusOK)
		if second.Tokens(t).SessionID != tokens.SessionID || authtest.Claims(t, second.Tokens(t).AccessToken)["role"] != "user" {
			t.Errorf("%s", second)
		}
		if events := app.Events.Of(ginauth.EventLogin); len(events) != 1 || events[0].Reason != "legacy" || events[0].Subject != "user1" {
			t.Errorf("events %v", events)
		}
		wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(second.Tokens(t).AccessToken)), http.StatusOK)
		wantRefusal(t, renew(app, tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
	})
}

func TestASessionOfAnOldTokenIsNeverFresh(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := withOldRoute(authtest.On(t, clock, store, acceptLegacy, accessRefresh(time.Hour)))
		token := renew(app, legacyToken(t, clock, "user1")).Tokens(t).AccessToken
		app.Engine.GET("/fresh", app.Auth.MiddlewareFunc(), app.Auth.Fresh(math.MaxInt64), func(c *gin.Context) { c.Status(http.StatusOK) })
		for range 2 {
			wantRefusal(t, app.Get("/fresh", token), http.StatusUnauthorized, "reauthentication_required")
			wantRefusal(t, app.Do(http.MethodPost, "/protected/password", authtest.Bearer(token)), http.StatusUnauthorized, "reauthentication_required")
			token = renew(app, token).Tokens(t).AccessToken
		}
		wantStatus(t, app.Get("/protected/sessions", token), http.StatusOK)
	})
}

func TestARevokedUsersOldTokenBecomesNone(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := withOldRoute(authtest.On(t, clock, store, acceptLegacy, accessRefresh(time.Hour)))
		for name, end := range map[string]func(old string){
			"logout": func(old string) {
				wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(old)), http.StatusOK)
			},
			"its user": func(string) {
				if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
					t.Error(err)
				}
			},
		} {
			t.Run(name, func(t *testing.T) {
				clock.Add(2 * time.Minute) // past the leeway of the test before
				old := legacyToken(t, clock, "user1")
				end(old)
				wantRefusal(t, renew(app, old), http.StatusUnauthorized, "token_revoked")
			})
		}
	})
}

func TestHowLongAnOldTokenBecomesASession(t *testing.T) {
	until := func(d time.Duration) func(*ginauth.Config) {
		return func(c *ginauth.Config) { c.Legacy = &ginauth.Legacy{Until: c.JWT.TimeFunc().Add(d)} }
	}
	for name, row := range map[string]struct {
		until, bound, maxRefresh, after time.Duration
		word                            string
	}{
		"alive":                    {2 * legacyLife, 0, 0, legacyLife - time.Second, ""},
		"expired":                  {2 * legacyLife, 0, 0, legacyLife, "token_expired"},
		"expired within the bound": {2 * legacyLife, time.Hour, 0, legacyLife + time.Minute, ""},
		"expired beyond the bound": {2 * legacyLife, time.Hour, 0, legacyLife + time.Hour, "token_expired"},
		"until":                    {time.Hour, time.Hour, 0, time.Hour, "token_expired"},
		"before until":             {time.Hour, time.Hour, 0, time.Hour - time.Second, ""},
		"within MaxRefresh":        {2 * legacyLife, time.Hour, 48 * time.Hour, 48*time.Hour - time.Second, ""},
		"beyond MaxRefresh":        {2 * legacyLife, time.Hour, 48 * time.Hour, 48 * time.Hour, "token_expired"},
	} {
		t.Run(name, func(t *testing.T) {
			app := oldClient(t, until(row.until), accessRefresh(row.bound), func(c *ginauth.Config) { c.JWT.MaxRefresh = row.maxRefresh })
			old := legacyToken(t, app.Clock, "user1")
			app.Clock.Add(row.after)
			reply := renew(app, old)
			if row.word == "" {
				wantStatus(t, reply, http.StatusOK)
				return
			}
			wantRefusal(t, reply, http.StatusUnauthorized, row.word)
		})
	}
}

// An expired token that could still begin a session is not over: its logout must count.
func TestALogoutWithAnExpiredOldTokenEndsIt(t *testing.T) {
	app := oldClient(t, acceptLegacy, accessRefresh(time.Hour))
	old := legacyToken(t, app.Clock, "user1")
	app.Clock.Add(legacyLife + time.Minute)
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(old)), http.StatusOK)
	wantRefusal(t, renew(app, old), http.StatusUnauthorized, "token_revoked")
}

func TestSessionsOfOldTokensAreLimitedAsLoginsAre(t *testing.T) {
	app := oldClient(t, acceptLegacy, func(c *ginauth.Config) { c.MaxSessions = 2 })
	old := legacyToken(t, app.Clock, "user1")
	for range 5 {
		wantStatus(t, renew(app, old), http.StatusOK)
	}
	if list, err := app.Auth.Sessions(t.Context(), "user1"); len(list) != 2 || err != nil {
		t.Errorf("%d sessions, %v", len(list), err)
	}
	disabled := oldClient(t, acceptLegacy, func(c *ginauth.Config) {
		c.Reload = func(_ context.Context, s session.Session) (any, error) {
			if s.Subject == "user2" {
				return nil, ginauth.ErrUserDisabled
			}
			return authtest.User{Name: s.Subject, Role: "now"}, nil
		}
	})
	now := renew(disabled, legacyToken(t, disabled.Clock, "user1"))
	wantStatus(t, now, http.StatusOK)
	if role := authtest.Claims(t, now.Tokens(t).AccessToken)["role"]; role != "now" {
		t.Errorf("role %v", role)
	}
	wantRefusal(t, renew(disabled, legacyToken(t, disabled.Clock, "user2")), http.StatusUnauthorized, "token_revoked")
	if list, err := disabled.Auth.Sessions(t.Context(), "user2"); len(list) != 0 || err != nil {
		t.Errorf("%d sessions of a disabled user, %v", len(list), err)
	}
}
