package ginauth_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// These traps concern replies.

func TestTrap22_TheChallengeIsBearerQuotedAndOnlyOn401(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Realm = `a "b", c\d` })
	const realm = `Bearer realm="a \"b\", c\\d"`
	tokens := app.Login("user1")
	for _, row := range []struct {
		name      string
		reply     authtest.Reply
		status    int
		challenge string
	}{
		{"no token", app.Get("/protected", ""), 401, realm},
		{"failed login", app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "x"})), 401, realm},
		{"bad token", app.Get("/protected", "x.y.z"), 401, realm + `, error="invalid_token", error_description="The token is not valid."`},
		{"malformed login", app.Do("POST", "/login", authtest.Body("application/json", "{")), 400, ""},
		{"not allowed", app.Get("/protected/admin", tokens.AccessToken), 403, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantStatus(t, row.reply, row.status)
			if got := strings.Join(row.reply.Header.Values("WWW-Authenticate"), "|"); got != row.challenge {
				t.Errorf("challenge\n%s, want\n%s", got, row.challenge)
			}
		})
	}
	config := goodConfig()
	config.JWT.Realm = "line\r\nSet-Cookie: x=y"
	wantMistakes(t, config, "JWT.Realm")
}

func TestTrap23_NoCauseReachesTheClientAndThereIsOneBody(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7:5432: db down")
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return nil, secret }
	})
	reply := app.Do("POST", "/login")
	wantRefusal(t, reply, http.StatusUnauthorized, "invalid_credentials")
	if strings.Contains(string(reply.Body), "10.0.0.7") {
		t.Errorf("the cause went out: %s", reply)
	}
	app = authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(c *gin.Context) (any, error) {
			c.JSON(http.StatusServiceUnavailable, gin.H{"mine": true})
			return nil, secret
		}
	})
	reply = app.Do("POST", "/login")
	if reply.Status != http.StatusServiceUnavailable || string(reply.Body) != `{"mine":true}` {
		t.Errorf("an Authenticator's own reply: %d %s", reply.Status, reply.Body)
	}
}

func TestTrap24_TokenRepliesAreWholeAndNeverCached(t *testing.T) {
	app := authtest.New(t)
	login := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
	refresh := app.Refresh(login.Tokens(t).RefreshToken)
	for name, reply := range map[string]authtest.Reply{"login": login, "refresh": refresh} {
		wantStatus(t, reply, http.StatusOK)
		if reply.Header.Get("Cache-Control") != "no-store" || reply.Header.Get("Pragma") != "no-cache" {
			t.Errorf("%s: %v", name, reply.Header)
		}
		want := "access_token expires_in refresh_expires_in refresh_token session_id token_type"
		if got := strings.Join(reply.Names(), " "); got != want {
			t.Errorf("%s: members %s", name, got)
		}
	}
}

func sendCookie(c *ginauth.Config) {
	cookieToo(c)
	c.JWT.SendCookie, c.JWT.SecureCookie, c.JWT.CookieHTTPOnly = true, true, true
}

func TestTrap25_ARefusedLoginOrRefreshSetsNoCookie(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app := authtest.On(t, clock, store, sendCookie)
	tokens := app.Login("user1")
	store.Fail(errors.New("down"))
	login := app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
	for name, reply := range map[string]authtest.Reply{"login": login, "refresh": app.Refresh(tokens.RefreshToken)} {
		wantRefusal(t, reply, http.StatusServiceUnavailable, "unavailable")
		if cookies := reply.Header.Values("Set-Cookie"); len(cookies) != 0 {
			t.Errorf("%s: %v", name, cookies)
		}
	}
}

func TestTrap26_DisabledAbortIsRefusedAndNoRefusedRequestReachesItsHandler(t *testing.T) {
	config := goodConfig()
	config.JWT.DisabledAbort = true
	wantMistakes(t, config, "JWT.DisabledAbort")

	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Unauthorized = func(c *gin.Context, code int, _ string) { c.String(code, "no") }
	})
	secret := func(c *gin.Context) { c.String(http.StatusOK, "the secret") }
	app.Engine.GET("/a", app.Auth.MiddlewareFunc(), secret)
	app.Engine.GET("/b", app.Auth.Optional(), secret)
	app.Engine.GET("/c", app.Auth.MiddlewareFunc(), app.Auth.Fresh(time.Minute), secret)
	for _, path := range []string{"/a", "/b", "/c"} {
		if reply := app.Get(path, "x.y.z"); reply.Status != http.StatusUnauthorized || string(reply.Body) != "no" {
			t.Errorf("%s: %d %s", path, reply.Status, reply.Body)
		}
	}
	stale := app.Login("user1").AccessToken
	app.Clock.Add(2 * time.Minute)
	if reply := app.Get("/c", stale); reply.Status != http.StatusUnauthorized || string(reply.Body) != "no" {
		t.Errorf("/c: %d %s", reply.Status, reply.Body)
	}
}

func TestTrap27_AHandlerCanRefuseWithAnyRow(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(any, *gin.Context) bool { return false }
	})
	app.Engine.GET("/limited", func(c *gin.Context) { app.Auth.Refuse(c, ginauth.TooManyAttempts(90*time.Second)) })
	wantRefusal(t, app.Get("/protected", app.Login("user1").AccessToken), http.StatusForbidden, "forbidden")
	reply := app.Get("/limited", "")
	wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
	if got := reply.Header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %q", got)
	}
	// If an Authorizator writes a reply itself, that reply stands.
	app = authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(_ any, c *gin.Context) bool {
			c.String(http.StatusPaymentRequired, "pay")
			return false
		}
	})
	reply = app.Get("/protected", app.Login("user1").AccessToken)
	if reply.Status != http.StatusPaymentRequired || string(reply.Body) != "pay" {
		t.Errorf("%d %s", reply.Status, reply.Body)
	}
}

// The body of every refusal is one JSON value.
func TestRefusalsAreOneJSONValue(t *testing.T) {
	app := authtest.New(t)
	reply := app.Get("/protected", "x.y.z")
	decoder := json.NewDecoder(strings.NewReader(string(reply.Body)))
	var first, second any
	if err := decoder.Decode(&first); err != nil {
		t.Fatal(err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		t.Errorf("something behind the refusal: %s", reply.Body)
	}
}
