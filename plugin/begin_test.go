package ginauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// enter mounts a handler that begins a session for data, and returns its address.
func enter(app *authtest.App, data any, first ...gin.HandlerFunc) string {
	app.Engine.Use(first...)
	return enterWith(app, data)
}

// enterWith is enter with options.
func enterWith(app *authtest.App, data any, options ...ginauth.LoginOption) string {
	app.Engine.Any("/enter", func(c *gin.Context) {
		tokens, err := app.Auth.Login(c, data, options...)
		if err != nil {
			app.Auth.Refuse(c, err)
			return
		}
		app.Auth.Reply(c, tokens)
	})
	return "/enter"
}

func TestLoginFromAHandlerIsALogin(t *testing.T) {
	app := authtest.New(t)
	path := enter(app, authtest.UserNamed("user1"))
	reply := app.Do(http.MethodPost, path)
	wantStatus(t, reply, http.StatusOK)
	ordinary := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	if got, want := strings.Join(reply.Names(), " "), strings.Join(ordinary.Names(), " "); got != want {
		t.Errorf("members %s, want %s", got, want)
	}
	if reply.Header.Get("Cache-Control") != "no-store" || reply.Header.Get("Pragma") != "no-cache" {
		t.Errorf("caches may keep it: %v", reply.Header)
	}
	tokens := reply.Tokens(t)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	app.Refreshed(tokens.RefreshToken)
	if claims := authtest.Claims(t, tokens.AccessToken); claims["role"] != "user" || claims["sub"] != "user1" {
		t.Errorf("claims: %v", claims)
	}
	if logins := app.Events.Of(ginauth.EventLogin); len(logins) != 2 || logins[0].Session.String() != tokens.SessionID || logins[0].Subject != "user1" {
		t.Errorf("events: %+v", logins)
	}
}

// Session fixation: the session that the request presents is not the one to go on with.
func TestLoginFromAHandlerEndsThePresentedSession(t *testing.T) {
	app := authtest.New(t)
	path := enter(app, authtest.UserNamed("user1"))
	planted := app.Login("user2")
	reply := app.Do(http.MethodPost, path, authtest.Bearer(planted.AccessToken))
	wantStatus(t, reply, http.StatusOK)
	wantRefusal(t, app.Get("/protected", planted.AccessToken), http.StatusUnauthorized, "token_revoked")
}

// A change of password revokes its user and begins a session in the same request.
func TestLoginFromAHandlerFollowsItsOwnRevocation(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		path := enter(app, authtest.UserNamed("user1"), func(c *gin.Context) {
			if _, err := app.Auth.RevokeSubject(c.Request.Context(), "user1"); err != nil {
				t.Error(err)
			}
			clock.Add(time.Millisecond)
		})
		old := app.Login("user1")
		clock.Add(time.Millisecond)
		reply := app.Do(http.MethodPost, path)
		wantStatus(t, reply, http.StatusOK)
		wantStatus(t, app.Get("/protected", reply.Tokens(t).AccessToken), http.StatusOK)
		wantRefusal(t, app.Get("/protected", old.AccessToken), http.StatusUnauthorized, "token_revoked")
	})
}

func TestLoginFromAHandlerSetsCookiesAndJudgesTheOrigin(t *testing.T) {
	app := authtest.New(t, withCookies)
	path := enter(app, authtest.UserNamed("user1"))
	reply := app.Do(http.MethodPost, path)
	wantStatus(t, reply, http.StatusOK)
	if names := strings.Join(reply.Names(), " "); names != "expires_in refresh_expires_in session_id token_type" {
		t.Errorf("members: %s", names)
	}
	access := setCookie(t, reply, accessCookie).Value
	wantStatus(t, app.Do(http.MethodGet, "/protected", authtest.Cookie(accessCookie, access)), http.StatusOK)
	setCookie(t, reply, refreshCookie)

	foreign := app.Do(http.MethodPost, path, authtest.Header("Sec-Fetch-Site", "cross-site"))
	wantRefusal(t, foreign, http.StatusForbidden, "cross_origin")
	if set := foreign.Header["Set-Cookie"]; set != nil {
		t.Errorf("a foreign page logs the browser in: %v", set)
	}
	// An identity provider sends the browser back with a GET.
	wantStatus(t, app.Do(http.MethodGet, path, authtest.Header("Sec-Fetch-Site", "cross-site")), http.StatusOK)
}

func TestReplyCallsTheHookOfALogin(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.LoginResponse = func(c *gin.Context, code int, token string, _ time.Time) {
			tokens, ok := ginauth.TokensFrom(c)
			c.JSON(code, gin.H{"hooked": ok && token == tokens.AccessToken})
		}
	})
	if reply := app.Do(http.MethodPost, enter(app, authtest.UserNamed("user1"))); string(reply.Body) != `{"hooked":true}` {
		t.Error(reply)
	}
}

func TestARefusedLoginFromAHandlerIsAnEventAndBeginsNothing(t *testing.T) {
	store := authtest.NewFaulty(authtest.New(t).Store)
	app := authtest.On(t, authtest.NewClock(), store)
	nobody := enter(app, authtest.User{})
	wantRefusal(t, app.Do(http.MethodPost, nobody), http.StatusInternalServerError, "internal")
	app = authtest.On(t, authtest.NewClock(), store)
	store.Fail(errors.New("down"), authtest.Create)
	wantRefusal(t, app.Do(http.MethodPost, enter(app, authtest.UserNamed("user1"))), http.StatusServiceUnavailable, "unavailable")
	failed := app.Events.Of(ginauth.EventLoginFailed)
	if len(failed) != 1 || failed[0].Reason != "unavailable" {
		t.Errorf("events: %+v", failed)
	}
	store.Fail(nil)
	if list, err := app.Auth.Sessions(t.Context(), "user1"); err != nil || len(list) != 0 {
		t.Errorf("%d sessions, %v", len(list), err)
	}
}
