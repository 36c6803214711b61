package ginauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// bannedError is an application's own type of error, as real projects switch on.
type bannedError struct{ until string }

func (e *bannedError) Error() string { return "banned until " + e.until }

// hears keeps what HTTPStatusMessageFunc gets, which answers as gin-jwt's own does.
func hears(seen *error) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		c.JWT.HTTPStatusMessageFunc = func(err error, _ *gin.Context) string { *seen = err; return err.Error() }
	}
}

// The application's errors reach its hook as they were made, and their texts the client, where
// gin-jwt's hook says so. Without the hook the reply is the fixed text.
func TestHooksCompareErrorsWithEquals(t *testing.T) {
	var seen, fails error
	failing := func(c *ginauth.Config) { c.JWT.Authenticator = func(*gin.Context) (any, error) { return nil, fails } }
	app, plain := authtest.New(t, hears(&seen), failing), authtest.New(t, failing)
	banned := &bannedError{"Monday"}
	wrapping := fmt.Errorf("users are down: %w", ginauth.ErrUnavailable)
	for _, row := range []struct {
		fails  error
		status int
	}{
		{errors.New("no such user"), 401}, {banned, 401}, {jwt.ErrFailedAuthentication, 401}, {jwt.ErrMissingLoginValues, 400},
		{wrapping, 503}, {errors.Join(banned, ginauth.ErrForbidden), 403}, {ginauth.ErrUserDisabled, 401},
	} {
		fails = row.fails
		reply := app.Do(http.MethodPost, "/login")
		if seen != row.fails || reply.Status != row.status || reply.Members()["message"] != row.fails.Error() { //nolint:errorlint // as real hooks do
			t.Errorf("%v: the hook saw %v, the client %s", row.fails, seen, reply)
		}
		if text := plain.Do(http.MethodPost, "/login").String(); strings.Contains(text, row.fails.Error()) {
			t.Errorf("without the hook: %s", text)
		}
	}
	app.Engine.GET("/own", func(c *gin.Context) { app.Auth.Refuse(c, banned) })
	if app.Get("/own", ""); seen != error(banned) { //nolint:errorlint // as real hooks do
		t.Errorf("Refuse: %v", seen)
	}
}

// For the package's own refusals the hook gets what gin-jwt would have handed over, or a row.
func TestHooksSeeGinJWTsOwnErrors(t *testing.T) {
	var seen error
	app := authtest.New(t, hears(&seen), func(c *ginauth.Config) {
		c.JWT.Authorizator = func(_ any, c *gin.Context) bool { return c.GetHeader("X-No") == "" }
	})
	token := app.Login("user1").AccessToken
	cookies := authtest.New(t, hears(&seen), func(c *ginauth.Config) { c.JWT.TokenLookup = "header: Authorization, cookie: jwt" })
	header := authtest.New(t, hears(&seen), func(c *ginauth.Config) { c.JWT.TokenLookup = "cookie: jwt, header: Authorization" })
	for want, ask := range map[error]func() authtest.Reply{
		jwt.ErrEmptyAuthHeader:   func() authtest.Reply { return app.Get("/protected", "") },
		jwt.ErrEmptyCookieToken:  func() authtest.Reply { return cookies.Get("/protected", "") },
		jwt.ErrInvalidAuthHeader: func() authtest.Reply { return app.Get("/protected", "x") },
		jwt.ErrForbidden: func() authtest.Reply {
			return app.Do(http.MethodGet, "/protected", authtest.Bearer(token), authtest.Header("X-No", "1"))
		},
		ginauth.ErrInvalidGrant:             func() authtest.Reply { return app.Refresh("rt1_x") },
		ginauth.ErrNotFound:                 func() authtest.Reply { return app.Get("/nowhere", "") },
		ginauth.ErrReauthenticationRequired: staleFor(app, token),
	} {
		seen = nil
		if reply := ask(); seen != want { //nolint:errorlint // as real hooks do
			t.Errorf("the hook saw %v, want %v: %s", seen, want, reply)
		}
	}
	if header.Get("/protected", ""); seen != jwt.ErrEmptyAuthHeader { //nolint:errorlint // as real hooks do
		t.Errorf("header last: %v", seen)
	}
	app.Clock.Add(authtest.Timeout)
	if app.Get("/protected", token); seen != jwt.ErrExpiredToken { //nolint:errorlint // as real hooks do
		t.Errorf("expired: %v", seen)
	}
}

func staleFor(app *authtest.App, token string) func() authtest.Reply {
	return func() authtest.Reply {
		app.Clock.Add(authtest.FreshFor + time.Second)
		return app.Do(http.MethodPost, "/protected/password", authtest.Bearer(token))
	}
}

// Without HTTPStatusMessageFunc the text of gin-jwt's own version goes to Unauthorized.
func TestUnauthorizedGetsGinJWTsTexts(t *testing.T) {
	var said []string
	fails := errors.New("no such user")
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Unauthorized = func(c *gin.Context, code int, message string) { said = append(said, message); c.Status(code) }
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return nil, fails }
	})
	app.Do(http.MethodPost, "/login")
	app.Get("/protected", "")
	app.Get("/protected", "x")
	app.Refresh("rt1_x")
	want := []string{"no such user", jwt.ErrEmptyAuthHeader.Error(), jwt.ErrInvalidAuthHeader.Error(), "The refresh token is not valid."}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}

// A hook that answers with the error's text, gin-jwt's own way, shows nothing of the inside.
func TestHooksLeakNoCause(t *testing.T) {
	var seen error
	const secret = "dial tcp 10.0.0.7:6379"
	app, store := newFaultyApp(t, hears(&seen))
	token := app.Login("user1").AccessToken
	store.Fail(fmt.Errorf("%s: %w", secret, session.ErrUnavailable))
	for _, reply := range []authtest.Reply{
		app.Get("/protected", token), app.Do(http.MethodPost, "/login", password("user1")), app.Do(http.MethodPost, "/logout", authtest.Bearer(token)),
	} {
		if reply.Status != http.StatusServiceUnavailable || strings.Contains(reply.String(), "10.0.0.7") || seen != ginauth.ErrUnavailable { //nolint:errorlint // as real hooks do
			t.Errorf("the hook saw %v, the client %s", seen, reply)
		}
	}
	app.Engine.GET("/wrapping", func(c *gin.Context) {
		_, err := app.Auth.Login(c, authtest.UserNamed("user1"))
		app.Auth.Refuse(c, fmt.Errorf("login: %w", err))
	})
	if reply := app.Get("/wrapping", ""); reply.Status != http.StatusServiceUnavailable || strings.Contains(reply.String(), "10.0.0.7") {
		t.Errorf("wrapped by the application: %s", reply)
	}
	var cause error
	app.Engine.Use(func(c *gin.Context) { c.Next(); cause = ginauth.RefusalFrom(c) })
	app.Engine.GET("/told", app.Auth.MiddlewareFunc(), func(*gin.Context) {})
	if app.Get("/told", token); !errors.Is(cause, ginauth.ErrUnavailable) || !strings.Contains(cause.Error(), secret) {
		t.Errorf("RefusalFrom: %v", cause)
	}
	store.Fail(nil)
	if app.Get("/told", token); cause != nil {
		t.Errorf("RefusalFrom of a request that was served: %v", cause)
	}
}

// gin's error middleware answers what it finds in c.Errors, and gin-jwt never put anything there.
func TestRefuseWritesOneDocumentBesideGinsErrorMiddleware(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		errs   int
	}{"by default": {func(*ginauth.Config) {}, 0}, "asked for": {func(c *ginauth.Config) { c.GinErrors = true }, 1}} {
		app := authtest.New(t, row.change)
		var errs int
		app.Engine.Use(func(c *gin.Context) {
			c.Next()
			if errs = len(c.Errors); errs > 0 && name == "by default" {
				c.JSON(-1, gin.H{"errors": c.Errors})
			}
		})
		app.Engine.GET("/late", app.Auth.MiddlewareFunc(), func(*gin.Context) {})
		reply := app.Get("/late", "x")
		if members := reply.Names(); errs != row.errs || !slices.Equal(members, []string{"code", "error", "message"}) {
			t.Errorf("%s: %d errors, %s", name, errs, reply)
		}
	}
}
