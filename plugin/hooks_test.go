package ginauth_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/token"
)

func TestLoginAndRefreshResponseHooksGetTheTokens(t *testing.T) {
	type call struct {
		code   int
		token  string
		expire time.Time
		tokens ginauth.Tokens
		ok     bool
	}
	var calls []call
	hook := func(word string) func(*gin.Context, int, string, time.Time) {
		return func(c *gin.Context, code int, token string, expire time.Time) {
			tokens, ok := ginauth.TokensFrom(c)
			calls = append(calls, call{code, token, expire, tokens, ok})
			c.String(code+2, word)
		}
	}
	app := authtest.New(t, sendCookie, func(c *ginauth.Config) { c.JWT.LoginResponse, c.JWT.RefreshResponse = hook("in"), hook("again") })
	login := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
	refresh := app.Refresh(calls[0].tokens.RefreshToken)
	for i, reply := range []authtest.Reply{login, refresh} {
		got := calls[i]
		if reply.Status != 202 || string(reply.Body) != []string{"in", "again"}[i] || reply.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s %v", reply.Status, reply.Body, reply.Header)
		}
		if !got.ok || got.code != 200 || got.token == "" || got.token != got.tokens.AccessToken || got.tokens.RefreshToken == "" || got.tokens.SessionID == "" {
			t.Errorf("call %d: %+v", i, got)
		}
		if want := app.Clock.Now().Add(authtest.Timeout); !got.expire.Equal(want) || got.tokens.ExpiresIn != 900 || got.tokens.RefreshExpiresIn != 604800 {
			t.Errorf("call %d: expire %v, want %v; %+v", i, got.expire, want, got.tokens)
		}
		if reply.Header.Get("Set-Cookie") == "" {
			t.Errorf("call %d: no cookie", i)
		}
	}
}

func TestLogoutResponseHookKnowsWhoLoggedOut(t *testing.T) {
	var who []string
	app := authtest.New(t, sendCookie, func(c *ginauth.Config) {
		c.JWT.LogoutResponse = func(c *gin.Context, code int) {
			access, _ := ginauth.AccessFrom(c)
			identity, _ := c.Get(jwt.IdentityKey)
			claimed, _ := jwt.ExtractClaims(c)["sub"].(string)
			name, _ := identity.(string)
			who = append(who, access.Subject+name+claimed)
			c.String(code, "bye")
		}
	})
	tokens := app.Login("user1")
	reply := app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken))
	if reply.Status != 200 || string(reply.Body) != "bye" || who[0] != "user1user1user1" {
		t.Errorf("%d %s by %v", reply.Status, reply.Body, who)
	}
	if got := reply.Header.Get("Set-Cookie"); got != "jwt=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("Set-Cookie %s", got)
	}
	wantRefusal(t, app.Do("POST", "/logout"), 401, "token_missing")
	if len(who) != 1 {
		t.Error("the hook was asked about a refused logout")
	}
}

func TestUnauthorizedAndMessageHooksSeeEveryRefusal(t *testing.T) {
	var seen error
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.HTTPStatusMessageFunc = func(_ error, c *gin.Context) string { seen = ginauth.RefusalFrom(c); return "translated" }
		c.JWT.Unauthorized = func(c *gin.Context, code int, message string) { c.JSON(code, gin.H{"mine": message}) }
		c.JWT.Authorizator = func(_ any, c *gin.Context) bool { return c.GetHeader("X-No") == "" }
	})
	tokens := app.Login("user1")
	credentials := authtest.JSON(map[string]string{"username": "user1", "password": "x"})
	for _, row := range []struct {
		name   string
		ask    func() authtest.Reply
		status int
		is     []error
	}{
		{"credentials", func() authtest.Reply { return app.Do("POST", "/login", credentials) }, 401, []error{ginauth.ErrInvalidCredentials, jwt.ErrFailedAuthentication}},
		{"values", func() authtest.Reply { return app.Do("POST", "/login") }, 400, []error{ginauth.ErrInvalidRequest}},
		{"missing", func() authtest.Reply { return app.Get("/protected", "") }, 401, []error{ginauth.ErrTokenMissing, jwt.ErrEmptyAuthHeader}},
		{"invalid", func() authtest.Reply { return app.Get("/protected", "x") }, 401, []error{ginauth.ErrTokenInvalid, jwt.ErrInvalidAuthHeader}},
		{"forbidden", func() authtest.Reply {
			return app.Do("GET", "/protected", authtest.Bearer(tokens.AccessToken), authtest.Header("X-No", "1"))
		}, 403, []error{ginauth.ErrForbidden, jwt.ErrForbidden}},
		{"grant", func() authtest.Reply { return app.Refresh("rt1_x") }, 401, []error{ginauth.ErrInvalidGrant, token.ErrInvalidRefresh}},
		{"expired", func() authtest.Reply {
			app.Clock.Add(authtest.Timeout)
			return app.Get("/protected", tokens.AccessToken)
		}, 401, []error{ginauth.ErrTokenExpired, jwt.ErrExpiredToken}},
	} {
		t.Run(row.name, func(t *testing.T) {
			seen = nil
			reply := row.ask()
			if reply.Status != row.status || string(reply.Body) != `{"mine":"translated"}` {
				t.Errorf("%d %s", reply.Status, reply.Body)
			}
			for _, want := range row.is {
				if !errors.Is(seen, want) {
					t.Errorf("the hook saw %v, which is not %v", seen, want)
				}
			}
			if (row.status == 401) != (reply.Header.Get("WWW-Authenticate") != "") || reply.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", reply.Header)
			}
		})
	}
}

func TestAuthenticatorsErrorsGiveTheirRows(t *testing.T) {
	var fails error
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return nil, fails }
	})
	for _, row := range []struct {
		err    error
		status int
		word   string
	}{
		{jwt.ErrMissingLoginValues, 400, "invalid_request"}, {jwt.ErrFailedAuthentication, 401, "invalid_credentials"},
		{errors.New("no such user"), 401, "invalid_credentials"}, {ginauth.ErrUserDisabled, 401, "invalid_credentials"},
		{ginauth.ErrUnavailable, 503, "unavailable"}, {ginauth.ErrForbidden, 403, "forbidden"}, {ginauth.ErrTooLarge, 413, "too_large"},
		{ginauth.ErrTooManyAttempts, 429, "too_many_attempts"}, {errors.Join(errors.New("users"), ginauth.ErrUnavailable), 503, "unavailable"},
		{ginauth.TooManyAttempts(0), 429, "too_many_attempts"}, {ginauth.ErrInternal, 500, "internal"},
	} {
		fails = row.err
		wantRefusal(t, app.Do("POST", "/login"), row.status, row.word)
	}
}

func TestIdentityHandlerAndAuthorizator(t *testing.T) {
	type person struct{ name string }
	var asked any
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.IdentityKey = "who"
		c.JWT.PayloadFunc = nil // the data itself is the identity
		c.JWT.Authenticator = func(c *gin.Context) (any, error) {
			data, err := authtest.Authenticate(c)
			user, _ := data.(authtest.User)
			return user.Name, err
		}
		c.JWT.IdentityHandler = func(c *gin.Context) any {
			name, _ := jwt.ExtractClaims(c)["who"].(string)
			return &person{name}
		}
		c.JWT.Authorizator = func(data any, c *gin.Context) bool {
			asked = data
			p, ok := data.(*person)
			return ok && (p.name == "admin" || c.FullPath() != "/who")
		}
	})
	app.Engine.GET("/who", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		p, _ := c.MustGet("who").(*person)
		c.String(http.StatusOK, p.name)
	})
	if reply := app.Get("/who", app.Login("admin").AccessToken); string(reply.Body) != "admin" {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
	wantRefusal(t, app.Get("/who", app.Login("user1").AccessToken), 403, "forbidden")
	if p, ok := asked.(*person); !ok || p.name != "user1" {
		t.Errorf("Authorizator was asked about %v", asked)
	}
}

func TestTokenLookupOfACookieAloneAndAnotherHeader(t *testing.T) {
	app := authtest.New(t, sendCookie, func(c *ginauth.Config) { c.JWT.TokenLookup, c.JWT.CookieName = "cookie:sid", "sid" })
	tokens := app.Login("user1")
	wantStatus(t, app.Do("GET", "/protected", authtest.Cookie("sid", tokens.AccessToken)), 200)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_missing")

	app = authtest.New(t, func(c *ginauth.Config) { c.JWT.TokenLookup, c.JWT.TokenHeadName = "header:x-auth", "Token" })
	tokens = app.Login("user1")
	wantStatus(t, app.Do("GET", "/protected", authtest.Header("X-Auth", "token "+tokens.AccessToken)), 200)
	wantRefusal(t, app.Do("GET", "/protected", authtest.Header("X-Auth", "Bearer "+tokens.AccessToken)), 401, "token_missing")
}

// A hook that panics causes a 500 and grants nothing.
func TestPanickingHooksGrantNothing(t *testing.T) {
	boom := func() { panic("hook") }
	for name, change := range map[string]func(*ginauth.Config){
		"IdentityHandler": func(c *ginauth.Config) { c.JWT.IdentityHandler = func(*gin.Context) any { boom(); return nil } },
		"Authorizator":    func(c *ginauth.Config) { c.JWT.Authorizator = func(any, *gin.Context) bool { boom(); return true } },
		"TimeFunc of verification": func(c *ginauth.Config) {
			c.JWT.TimeFunc = func() time.Time { boom(); return time.Time{} }
		},
	} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			store := authtest.New(t).Store
			good := authtest.On(t, clock, store)
			bad := authtest.On(t, clock, store, change)
			reply := bad.Get("/protected", good.Login("user1").AccessToken)
			if reply.Status != http.StatusInternalServerError || len(reply.Body) != 0 {
				t.Errorf("%d %s", reply.Status, reply.Body)
			}
		})
	}
	for name, change := range map[string]func(*ginauth.Config){
		"Authenticator": func(c *ginauth.Config) {
			c.JWT.Authenticator = func(*gin.Context) (any, error) { boom(); return nil, nil }
		},
		"PayloadFunc": func(c *ginauth.Config) { c.JWT.PayloadFunc = func(any) jwt.MapClaims { boom(); return nil } },
		"TimeoutFunc": func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { boom(); return 0 } },
		"Subject":     func(c *ginauth.Config) { c.Subject = func(any) string { boom(); return "" } },
		"LoginResponse": func(c *ginauth.Config) {
			c.JWT.LoginResponse = func(*gin.Context, int, string, time.Time) { boom() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, change)
			reply := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
			if reply.Status != http.StatusInternalServerError || len(reply.Body) != 0 {
				t.Errorf("%d %s", reply.Status, reply.Body)
			}
		})
	}
	t.Run("Unauthorized", func(t *testing.T) {
		app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Unauthorized = func(*gin.Context, int, string) { boom() } })
		if reply := app.Get("/protected", "x.y.z"); reply.Status != http.StatusInternalServerError || len(reply.Body) != 0 {
			t.Errorf("%d %s", reply.Status, reply.Body)
		}
	})
}
