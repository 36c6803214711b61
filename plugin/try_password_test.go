package ginauth_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// passwordRoute mounts a change of password, which asks for the old one.
func passwordRoute(app *authtest.App) {
	app.Engine.POST("/change", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		access, _ := ginauth.AccessFrom(c)
		old, err := ginauth.Field(c, "old_password")
		if err != nil {
			app.Auth.Refuse(c, err)
			return
		}
		right, err := app.Auth.TryPassword(c, access.Subject, func() (bool, error) {
			if old == "busy" {
				return false, ginauth.ErrUnavailable
			}
			return old == authtest.Passwords[access.Subject], nil
		})
		switch {
		case err != nil:
			app.Auth.Refuse(c, err)
		case !right:
			app.Auth.Refuse(c, ginauth.ErrForbidden)
		default:
			c.Status(http.StatusNoContent)
		}
	})
}

// A thief who holds a live access token must not guess the password here without a limit when the
// login has one.
func TestAPasswordIsNotGuessedOutsideOfTheLogin(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, throttled(t))
	passwordRoute(app)
	thief := authtest.Bearer(app.Login("user1").AccessToken)
	try := func(password, addr string) authtest.Reply {
		return app.Do(http.MethodPost, "/change", authtest.JSON(map[string]string{"old_password": password}), thief, from(addr))
	}
	wantStatus(t, try(authtest.Passwords["user1"], "192.0.2.1"), http.StatusNoContent)
	for range 5 {
		wantRefusal(t, try("busy", "192.0.2.1"), http.StatusServiceUnavailable, "unavailable") // counts nothing
	}
	for range 3 {
		wantRefusal(t, try("wrong", "192.0.2.1"), http.StatusForbidden, "forbidden")
	}
	for _, password := range []string{"wrong", authtest.Passwords["user1"]} {
		wantRefusal(t, try(password, "192.0.2.1"), http.StatusTooManyRequests, "too_many_attempts")
	}
	// Both count together, as one limiter.
	wantRefusal(t, app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]), from("192.0.2.1")),
		http.StatusTooManyRequests, "too_many_attempts")
	wantStatus(t, try(authtest.Passwords["user1"], "198.51.100.7"), http.StatusNoContent) // the owner
	failed := app.Events.Of(ginauth.EventLoginFailed)
	if len(failed) != 6 || failed[0].Reason != "invalid_credentials" || failed[0].Subject != "user1" || failed[3].Reason != "too_many_attempts" {
		t.Errorf("%+v", failed)
	}
}

func TestWithoutALoginLimitAPasswordCheckIsOnlyMade(t *testing.T) {
	t.Parallel()
	app := authtest.New(t)
	c, _ := gin.CreateTestContext(nil)
	c.Request, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
	own := errors.New("own")
	for _, want := range []struct {
		right bool
		err   error
	}{{true, nil}, {false, nil}, {false, own}} {
		right, err := app.Auth.TryPassword(c, "user1", func() (bool, error) { return want.right, want.err })
		if right != want.right || !errors.Is(err, want.err) {
			t.Errorf("%v %v, want %v", right, err, want)
		}
	}
}

// As at a login: without the limiter's answer, that of the check is withheld.
func TestAPasswordCheckThatCannotBeCountedIsUnavailable(t *testing.T) {
	t.Parallel()
	for _, limiter := range []*scriptedLimiter{{beginErr: errors.New("down")}, {endErr: errors.New("down")}} {
		node := authtest.New(t)
		app := authtest.On(t, node.Clock, node.Store, func(c *ginauth.Config) { c.LoginLimit = &ginauth.LoginLimit{Limiter: limiter} })
		passwordRoute(app)
		reply := app.Do(http.MethodPost, "/change", authtest.Bearer(node.Login("user2").AccessToken),
			authtest.JSON(map[string]string{"old_password": authtest.Passwords["user2"]}))
		wantRefusal(t, reply, http.StatusServiceUnavailable, "unavailable")
	}
}

// As an Authenticator says it, and as a mistake in the check may: both tell a guess from the
// password.
func TestAWrongPasswordIsCountedHoweverTheCheckSaysSo(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]func() (bool, error){
		"an error": func() (bool, error) { return false, ginauth.ErrInvalidCredentials },
		"both":     func() (bool, error) { return true, ginauth.ErrInvalidCredentials },
		"a panic":  func() (bool, error) { panic("no such user") },
	} {
		app := authtest.New(t, throttled(t))
		checks := 0
		app.Engine.POST("/step", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
			_, err := app.Auth.TryPassword(c, "user1", func() (bool, error) { checks++; return wrong() })
			app.Auth.Refuse(c, err)
		})
		own := authtest.Bearer(app.Login("user1").AccessToken)
		for range 10 {
			app.Do(http.MethodPost, "/step", own)
		}
		if checks != 3 {
			t.Errorf("%s: %d checks, of which 3 may fail", name, checks)
		}
	}
}
