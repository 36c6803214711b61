package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
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

// A client that knows the access token alone goes on until the session's absolute end, and is
// logged out where it has not come for SessionIdleTTL.
func TestAnOldClientRefreshesForDays(t *testing.T) {
	app := oldClient(t, func(c *ginauth.Config) { c.SessionIdleTTL, c.SessionMaxTTL = 20*time.Hour, 72*time.Hour })
	token, refreshes := app.Login("user1").AccessToken, 0
	for range 100 {
		app.Clock.Add(time.Hour)
		reply := renew(app, token)
		if reply.Status != http.StatusOK {
			wantRefusal(t, reply, http.StatusUnauthorized, "token_revoked")
			break
		}
		token, refreshes = reply.Tokens(t).AccessToken, refreshes+1
	}
	if refreshes != 71 {
		t.Errorf("%d refreshes of an hour each", refreshes)
	}
	idle := oldClient(t, accessRefresh(48*time.Hour), func(c *ginauth.Config) { c.SessionIdleTTL = time.Hour })
	left := idle.Login("user1").AccessToken
	idle.Clock.Add(time.Hour)
	wantRefusal(t, renew(idle, left), http.StatusUnauthorized, "token_revoked")
}

func TestTwentyTabsRefreshAtOnce(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := withOldRoute(authtest.On(t, clock, store, accessRefresh(time.Hour)))
		token := app.Login("user1").AccessToken
		var tabs sync.WaitGroup
		replies := make([]authtest.Reply, 20)
		for i := range replies {
			tabs.Go(func() { replies[i] = renew(app, token) })
		}
		tabs.Wait()
		for _, reply := range replies {
			wantStatus(t, reply, http.StatusOK)
			wantStatus(t, app.Get("/protected", reply.Tokens(t).AccessToken), http.StatusOK)
		}
		wantStatus(t, renew(app, token), http.StatusOK)
		if n := len(app.Events.Of(ginauth.EventRefreshReuse)); n != 0 {
			t.Errorf("%d events of reuse", n)
		}
	})
}

func TestAnExpiredTokenRefreshesWithinTheBoundOnly(t *testing.T) {
	for name, row := range map[string]struct {
		bound, after time.Duration
		want         int
	}{
		"alive":             {0, authtest.Timeout - time.Second, http.StatusOK},
		"at exp":            {0, authtest.Timeout, http.StatusUnauthorized},
		"within the bound":  {time.Hour, authtest.Timeout + time.Hour - time.Second, http.StatusOK},
		"beyond the bound":  {time.Hour, authtest.Timeout + time.Hour, http.StatusUnauthorized},
		"days, if so asked": {240 * time.Hour, 100 * time.Hour, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			app := oldClient(t, accessRefresh(row.bound))
			token := app.Login("user1").AccessToken
			app.Clock.Add(row.after)
			reply := renew(app, token)
			wantStatus(t, reply, row.want)
			if row.want != http.StatusOK {
				wantRefusal(t, reply, row.want, "token_expired")
			}
			if row.after >= authtest.Timeout { // it refreshes and opens nothing
				wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_expired")
			}
		})
	}
}

func TestAccessRefreshIsOffByDefault(t *testing.T) {
	app := withOldRoute(authtest.New(t))
	token := app.Login("user1").AccessToken
	wantRefusal(t, renew(app, token), http.StatusUnauthorized, "token_missing")
	wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Bearer(token)), http.StatusUnauthorized, "token_missing")
	on := oldClient(t)
	wantRefusal(t, renew(on, ""), http.StatusUnauthorized, "token_missing")
	wantRefusal(t, renew(on, "a.b.c"), http.StatusUnauthorized, "token_invalid")
}

func TestAccessRefreshThatCannotBeIsAMistake(t *testing.T) {
	for field, change := range map[string]func(*ginauth.Config){
		"AccessRefresh: not with Cookies":        withCookies,
		"AccessRefresh: not with StrictRotation": func(c *ginauth.Config) { c.StrictRotation = true },
		"AccessRefresh.Expired":                  accessRefresh(-time.Second),
	} {
		config := goodConfig()
		accessRefresh(time.Hour)(&config)
		change(&config)
		wantMistakes(t, config, field)
	}
}

// A presented refresh token goes its own way, whatever access token is beside it.
func TestARefreshTokenCountsBeforeAnAccessToken(t *testing.T) {
	app := oldClient(t)
	one, two := app.Login("user1"), app.Login("user1")
	reply := app.Do(http.MethodPost, "/refresh", authtest.Bearer(one.AccessToken), authtest.JSON(map[string]string{"refresh_token": two.RefreshToken}))
	wantStatus(t, reply, http.StatusOK)
	if got := reply.Tokens(t).SessionID; got != two.SessionID {
		t.Errorf("session %s, want %s", got, two.SessionID)
	}
	wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Bearer(one.AccessToken), authtest.JSON(map[string]string{"refresh_token": "x"})), http.StatusUnauthorized, "invalid_grant")
}

// Others rotate the session between the reading of its generation and its rotation: no reuse.
func TestRotationsInBetweenEndNoSession(t *testing.T) {
	clock := authtest.NewClock()
	store := &busy{Store: stores["memory"](t, clock), clock: clock}
	app := withOldRoute(authtest.On(t, clock, store, accessRefresh(time.Hour)))
	token := app.Login("user1").AccessToken
	store.between = 3
	wantStatus(t, renew(app, token), http.StatusOK)
	wantStatus(t, app.Get("/protected", token), http.StatusOK)
	store.between = 1 << 30
	wantRefusal(t, renew(app, token), http.StatusServiceUnavailable, "unavailable")
	store.between = 0
	wantStatus(t, renew(app, token), http.StatusOK)
	if n := len(app.Events.Of(ginauth.EventRefreshReuse)); n != 0 {
		t.Errorf("%d events of reuse", n)
	}
}

// busy is a store on which other clients rotate a session three times before each of the next
// rotations.
type busy struct {
	session.Store

	clock   *authtest.Clock
	between int
}

func (b *busy) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	if b.between > 0 {
		b.between--
		for i := range uint32(3) {
			b.clock.Add(11 * time.Second) // past the grace
			other := session.Rotation{ID: r.ID, Generation: r.Generation + i, IdleTTL: time.Hour, Grace: time.Second, TokenEnd: b.clock.Now().Add(time.Hour)}
			if got, err := b.Store.Rotate(ctx, other); err != nil || got.Outcome != session.OutcomeAdvanced {
				return session.Rotated{}, errors.Join(err, errors.New("the rotation in between failed"))
			}
		}
	}
	return b.Store.Rotate(ctx, r)
}

// The reply is compared with that of gin-jwt itself.
func TestGinJWTReplyIsGinJWTs(t *testing.T) {
	app := oldClient(t, func(c *ginauth.Config) {
		c.JWT.LoginResponse, c.JWT.RefreshResponse = ginauth.GinJWTReply, ginauth.GinJWTReply
	})
	theirs, err := jwt.New(authtest.JWT(app.Clock))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(recorder)
	theirs.LoginResponse(c, http.StatusOK, "x", app.Clock.Now().Add(authtest.Timeout))
	want := authtest.Reply{Status: recorder.Code, Header: recorder.Header(), Body: recorder.Body.Bytes()}

	login := app.Do(http.MethodPost, "/login", password("user1"))
	token, _ := login.Members()["token"].(string)
	for _, reply := range []authtest.Reply{login, renew(app, token)} {
		got, token := reply.Members(), reply.Members()["token"]
		if got["token"] = "x"; token == "" || token == nil {
			t.Errorf("no token: %s", reply)
		}
		for name, value := range want.Members() {
			if got[name] != value {
				t.Errorf("%s: %v, want %v", name, got[name], value)
			}
		}
		if len(got) != len(want.Members()) || reply.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
			t.Errorf("%v %v", got, reply.Header)
		}
	}
}
