package ginauth_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

var _ interface{ MiddlewareFunc() gin.HandlerFunc } = (*ginauth.Auth)(nil)

// Behind the middleware there is nothing left to ask, unless an option asks for more.
func TestAuthenticateBehindTheMiddlewareIsTheSameAccess(t *testing.T) {
	app, store := newFaultyApp(t)
	token := app.Login("user1").AccessToken
	again := func(options ...ginauth.RouteOption) (ginauth.Access, int, error) {
		var access ginauth.Access
		var err error
		before := store.Calls(authtest.Check)
		r := gin.New()
		r.GET("/", app.Auth.Require(), func(c *gin.Context) {
			first, _ := ginauth.AccessFrom(c)
			first.Claims["noted"] = true // the claims belong to the request, so this is the same map
			store.Fail(session.ErrRevoked, authtest.Check)
			access, err = app.Auth.Authenticate(c, options...)
			store.Fail(nil)
			if _, in := ginauth.AccessFrom(c); in != (err == nil) {
				t.Errorf("logged in: %t after %v", in, err)
			}
		})
		authtest.Serve(t, r, http.MethodGet, "/", authtest.Bearer(token))
		return access, store.Calls(authtest.Check) - before, err
	}
	if access, calls, err := again(); err != nil || access.Subject != "user1" || access.Claims["noted"] != true || calls != 1 {
		t.Errorf("%+v, %v, %d checks", access, err, calls)
	}
	if access, calls, err := again(ginauth.Strict()); !errors.Is(err, ginauth.ErrTokenRevoked) || access.Subject != "" || calls != 2 {
		t.Errorf("strictly: %+v, %v, %d checks", access, err, calls)
	}
	if refused := app.Events.Of(ginauth.EventRefused); len(refused) != 1 || refused[0].Subject != "user1" {
		t.Errorf("events: %+v", refused)
	}
}

// A logging middleware asks after the refusal who that was.
func TestAuthenticateDoesNotBelieveWhomTheMiddlewareHasForbidden(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(any, *gin.Context) bool { return false }
	})
	r := gin.New()
	var err error
	r.Use(func(c *gin.Context) {
		c.Next()
		_, err = app.Auth.Authenticate(c)
	})
	r.GET("/", app.Auth.Require())
	wantRefusal(t, authtest.Serve(t, r, http.MethodGet, "/", authtest.Bearer(app.Login("user1").AccessToken)), http.StatusForbidden, "forbidden")
	if !errors.Is(err, ginauth.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}

// The middleware of another Auth has written over the context.
func TestAuthenticateTakesTheContextBackFromAnotherAuth(t *testing.T) {
	customers, staff := customersAndStaff(t, withCookies)
	ada := authtest.Cookie(accessCookie, setCookie(t, customers.Do(http.MethodPost, "/login", password("user1")), accessCookie).Value)
	grace := authtest.Cookie("__Host-staff_access_token", setCookie(t, staff.Do(http.MethodPost, "/login", password("admin")), "__Host-staff_access_token").Value)
	r := gin.New()
	r.GET("/", customers.Auth.Require(), staff.Auth.Require(), func(c *gin.Context) {
		access, err := customers.Auth.Authenticate(c)
		if err != nil || access.Subject != "user1" || access.Claims["role"] != "user" {
			t.Errorf("%+v, %v", access, err)
		}
		told(c)
	})
	got := authtest.Serve(t, r, http.MethodGet, "/", ada, grace).Members()
	if got["subject"] != "user1" || got["role"] != "user" || got["identity"] != "user1" {
		t.Errorf("the context tells of %v", got)
	}
}

// What stands behind the middleware works behind Authenticate too.
func TestFreshAndLogoutKnowWhomAuthenticateLetIn(t *testing.T) {
	app := authtest.New(t)
	gate := func(c *gin.Context) {
		if _, err := app.Auth.Authenticate(c); err != nil {
			c.AbortWithStatus(http.StatusTeapot)
		}
	}
	app.Engine.GET("/fresh", gate, app.Auth.Fresh(time.Minute), told)
	app.Engine.POST("/leave", gate, app.Auth.LogoutHandler)
	token := app.Login("user1").AccessToken
	if reply := app.Get("/fresh", token); reply.Members()["identity"] != "user1" {
		t.Error(reply)
	}
	wantStatus(t, app.Do(http.MethodPost, "/leave", authtest.Bearer(token)), http.StatusOK)
	wantStatus(t, app.Get("/fresh", token), http.StatusTeapot)
}

// A route takes an API key or a JWT. Each refusal is one document, the last method's.
func TestTheSecondMethodsReplyIsTheOnlyOne(t *testing.T) {
	app := authtest.New(t)
	app.Engine.GET("/either", func(c *gin.Context) {
		if access, err := app.Auth.Authenticate(c); err == nil {
			c.JSON(http.StatusOK, gin.H{"by": "jwt", "who": access.Subject})
		} else if c.GetHeader("X-API-Key") == "right" {
			c.JSON(http.StatusOK, gin.H{"by": "key"})
		} else {
			c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"by": "nothing"})
		}
	})
	good := app.Login("user1").AccessToken
	for name, row := range map[string]struct {
		token, key, want string
		status           int
	}{
		"the token":               {good, "", `{"by":"jwt","who":"user1"}`, http.StatusOK},
		"the key":                 {"", "right", `{"by":"key"}`, http.StatusOK},
		"the key beside bad junk": {"x.y.z", "right", `{"by":"key"}`, http.StatusOK},
		"neither":                 {"", "wrong", `{"by":"nothing"}`, http.StatusUnauthorized},
		"two bad ones":            {"x.y.z", "wrong", `{"by":"nothing"}`, http.StatusUnauthorized},
	} {
		reply := app.Do(http.MethodGet, "/either", authtest.Bearer(row.token), authtest.Header("X-API-Key", row.key))
		if reply.Status != row.status || string(reply.Body) != row.want || reply.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %s %v", name, reply.Status, reply.Body, reply.Header)
		}
	}
}
