package ginauth_test

import (
	"errors"
	"fmt"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestReloadMakesRolesFresh(t *testing.T) {
	role := "user"
	var asked session.Session
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) {
		asked = s
		return authtest.User{Name: s.Subject, Role: role}, nil
	}))
	tokens := app.Login("user1")
	wantRefusal(t, app.Get("/protected/admin", tokens.AccessToken), 403, "forbidden")
	role = "admin"
	tokens = app.Refreshed(tokens.RefreshToken)
	wantStatus(t, app.Get("/protected/admin", tokens.AccessToken), 200)
	role = "user"
	tokens = app.Refreshed(tokens.RefreshToken)
	wantRefusal(t, app.Get("/protected/admin", tokens.AccessToken), 403, "forbidden")
	if asked.Subject != "user1" || asked.ID.String() != tokens.SessionID || asked.Generation != 3 || len(asked.Claims) != 0 {
		t.Errorf("Reload was asked about %+v", asked)
	}
}

func TestWithoutReloadTheClaimsOfTheLoginAreUsed(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Refreshed(app.Login("admin").RefreshToken)
	wantStatus(t, app.Get("/protected/admin", tokens.AccessToken), 200)
}

func TestReloadOfADisabledUserEndsTheSession(t *testing.T) {
	disabled := error(nil)
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) {
		return authtest.UserNamed(s.Subject), disabled
	}))
	tokens := app.Login("user1")
	disabled = fmt.Errorf("users: %w", ginauth.ErrUserDisabled)
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 401, "invalid_grant")
	disabled = nil
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 401, "invalid_grant")
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
	refused := app.Events.Of(ginauth.EventRefreshRefused)
	if len(refused) == 0 || !errors.Is(refused[0].Err, ginauth.ErrUserDisabled) {
		t.Errorf("events %v", refused)
	}
}

// Whatever error Reload returns, the client is asked to try again, and the same refresh token
// then works.
func TestReloadThatFailsIs503AndTheSameTokenWorksAgain(t *testing.T) {
	var fails error
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) { return authtest.UserNamed(s.Subject), fails }))
	tokens := app.Login("user1")
	for _, fails = range []error{
		errors.New("db down"), session.ErrNotFound, session.ErrRevoked, session.ErrLimit, session.ErrInvalidSubject, ginauth.ErrForbidden, ginauth.ErrInvalidGrant,
	} {
		reply := app.Refresh(tokens.RefreshToken)
		wantRefusal(t, reply, 503, "unavailable")
		if reply.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", reply.Header.Get("Retry-After"))
		}
	}
	fails = nil
	app.Refreshed(app.Refreshed(tokens.RefreshToken).RefreshToken)
}

// The client was asked to try again, so even under StrictRotation the second attempt is not
// reuse.
func TestReloadThatFailsUsesUpNoTokenUnderStrictRotation(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		var fails error
		asked := 0
		app := authtest.On(t, clock, store, reloadWith(func(s session.Session) (any, error) {
			asked++
			return authtest.UserNamed(s.Subject), fails
		}), func(c *ginauth.Config) { c.StrictRotation = true })
		first := app.Login("user1")
		asked, fails = 0, errors.New("db down")
		wantRefusal(t, app.Refresh(first.RefreshToken), 503, "unavailable")
		fails = nil
		second := app.Refreshed(first.RefreshToken)
		wantStatus(t, app.Get("/protected", second.AccessToken), 200)
		if reuse := app.Events.Of(ginauth.EventRefreshReuse); len(reuse) != 0 || asked != 2 {
			t.Errorf("asked %d times; reuse %v", asked, reuse)
		}
		// A used token is still reuse, and Reload is not called for it.
		wantRefusal(t, app.Refresh(first.RefreshToken), 401, "invalid_grant")
		wantRefusal(t, app.Refresh(second.RefreshToken), 401, "invalid_grant")
		if reuse := app.Events.Of(ginauth.EventRefreshReuse); len(reuse) != 1 || asked != 2 {
			t.Errorf("asked %d times; reuse %v", asked, reuse)
		}
	})
}

func TestReloadOfAnotherUserIsRefused(t *testing.T) {
	app := authtest.New(t, reloadWith(func(session.Session) (any, error) { return authtest.UserNamed("admin"), nil }))
	wantRefusal(t, app.Refresh(app.Login("user1").RefreshToken), 500, "internal")
}

func TestReloadThatPanicsGrantsNothing(t *testing.T) {
	app := authtest.New(t, reloadWith(func(session.Session) (any, error) { panic("reload") }))
	if reply := app.Refresh(app.Login("user1").RefreshToken); reply.Status != 500 || len(reply.Body) != 0 {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
}

// A session begun without Reload works on a node with Reload, and the other way round.
func TestReloadCanBeSwitchedOnLater(t *testing.T) {
	store := authtest.New(t).Store
	clock := authtest.NewClock()
	without := authtest.On(t, clock, store)
	reloading := authtest.On(t, clock, store, reloadWith(func(s session.Session) (any, error) { return authtest.UserNamed(s.Subject), nil }))
	reloading.Refreshed(without.Login("user1").RefreshToken)
	wantRefusal(t, without.Refresh(reloading.Login("user1").RefreshToken), 500, "internal")
}

func TestPayloadThatIsNoJSONIsAMistakeOfTheApplication(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["f"] = func() {}
			return claims
		}
	})
	reply := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
	wantRefusal(t, reply, 500, "internal")
	if list, err := app.Auth.Sessions(t.Context(), "user1"); err != nil || len(list) != 0 {
		t.Errorf("a session was begun: %v %v", list, err)
	}
}
