package ginauth_test

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// everySetting switches on all that a middleware could write to a reply with cookies.
func everySetting(c *ginauth.Config) {
	c.Cookies = &ginauth.Cookies{CSRFToken: true, ImplicitRefresh: true}
	c.JWT.Authorizator = func(data any, _ *gin.Context) bool { return data != "user2" }
}

// page answers a line and a header of its own after f, whatever f found.
func page(f func(c *gin.Context)) gin.HandlerFunc {
	return func(c *gin.Context) {
		f(c)
		if !c.IsAborted() {
			c.Header("X-Page", "1")
			c.String(http.StatusOK, "page")
		}
	}
}

// The reply to every kind of token, good or bad, is byte for byte that of a handler that asks for
// none.
func TestAuthenticateWritesNothing(t *testing.T) {
	app, store := newFaultyApp(t, everySetting)
	var answer error
	app.Engine.Any("/untouched", page(func(*gin.Context) {}))
	app.Engine.Any("/page", page(func(c *gin.Context) { _, answer = app.Auth.Authenticate(c) }))
	expired := loginInBrowser(t, app, "user1")
	app.Clock.Add(authtest.Timeout)
	good, forbidden, revoked := loginInBrowser(t, app, "user1"), loginInBrowser(t, app, "user2"), loginInBrowser(t, app, "user1")
	if _, err := app.Auth.RevokeToken(t.Context(), revoked.access); err != nil {
		t.Fatal(err)
	}
	get, post := http.MethodGet, http.MethodPost
	for name, row := range map[string]struct {
		method, query string
		options       []authtest.RequestOption
		down          error
		want          error
	}{
		"a good token":           {get, "", []authtest.RequestOption{authtest.Bearer(good.access)}, nil, nil},
		"a good cookie":          {get, "", []authtest.RequestOption{good.cookies()}, nil, nil},
		"a proven cookie":        {post, "", []authtest.RequestOption{good.cookies(), showing(good.csrf)}, nil, nil},
		"none":                   {get, "", nil, nil, ginauth.ErrTokenMissing},
		"junk":                   {get, "", []authtest.RequestOption{authtest.Bearer("x.y.z")}, nil, ginauth.ErrTokenInvalid},
		"a refresh token":        {get, "", []authtest.RequestOption{authtest.Bearer(good.refresh)}, nil, ginauth.ErrTokenInvalid},
		"expired":                {get, "", []authtest.RequestOption{authtest.Bearer(expired.access)}, nil, ginauth.ErrTokenExpired},
		"revoked":                {get, "", []authtest.RequestOption{authtest.Bearer(revoked.access)}, nil, ginauth.ErrTokenRevoked},
		"forbidden":              {get, "", []authtest.RequestOption{authtest.Bearer(forbidden.access)}, nil, ginauth.ErrForbidden},
		"a page to be renewed":   {get, "", []authtest.RequestOption{opening("same-origin"), expired.cookies()}, nil, ginauth.ErrTokenExpired},
		"refresh cookie alone":   {get, "", []authtest.RequestOption{opening("none"), authtest.Cookie(refreshCookie, good.refresh)}, nil, ginauth.ErrTokenMissing},
		"no double-submit token": {post, "", []authtest.RequestOption{authtest.Cookie(accessCookie, good.access)}, nil, ginauth.ErrCrossOrigin},
		"another site":           {post, "", []authtest.RequestOption{good.cookies(), showing(good.csrf), authtest.Header("Sec-Fetch-Site", "cross-site")}, nil, ginauth.ErrCrossOrigin},
		"two headers":            {get, "", []authtest.RequestOption{authtest.Bearer(good.access), authtest.Bearer("x")}, nil, ginauth.ErrInvalidRequest},
		"in the query":           {get, "?token=" + good.access, nil, nil, ginauth.ErrInvalidRequest},
		"a store that is down":   {get, "", []authtest.RequestOption{authtest.Bearer(good.access)}, session.ErrUnavailable, ginauth.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			store.Fail(row.down, authtest.Check)
			defer store.Fail(nil)
			want := app.Do(row.method, "/untouched", row.options...)
			got := app.Do(row.method, "/page"+row.query, row.options...)
			if row.want == nil && answer != nil || row.want != nil && !errors.Is(answer, row.want) {
				t.Errorf("answer %v, want %v", answer, row.want)
			}
			if got.Status != want.Status || string(got.Body) != string(want.Body) || !maps.EqualFunc(got.Header, want.Header, slices.Equal) {
				t.Errorf("%d %s %v, want %d %s %v", got.Status, got.Body, got.Header, want.Status, want.Body, want.Header)
			}
		})
	}
	wantStatus(t, app.Do(post, "/refresh", expired.cookies(), showing(expired.csrf)), http.StatusOK) // it is unused
}

func TestAuthenticateSendsNoAuthorizationHeader(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.SendAuthorization = true })
	app.Engine.GET("/page", page(func(c *gin.Context) { _, _ = app.Auth.Authenticate(c) }))
	token := app.Login("user1").AccessToken
	if got := app.Get("/protected", token).Header.Get("Authorization"); got != "Bearer "+token {
		t.Fatalf("the middleware sends %q", got)
	}
	if got := app.Get("/page", token).Header["Authorization"]; got != nil {
		t.Errorf("the header is %v", got)
	}
}

// An identity that something else has left in the context does not outlive a refusal.
func TestNobodyIsLoggedInAfterAnAuthenticateThatFails(t *testing.T) {
	customers, staff := customersAndStaff(t)
	ada := customers.Login("user1").AccessToken
	r := gin.New()
	r.GET("/", customers.Auth.Require(), func(c *gin.Context) {
		if access, err := staff.Auth.Authenticate(c); !errors.Is(err, ginauth.ErrTokenInvalid) || access.Subject != "" {
			t.Errorf("a customer is %q, %v", access.Subject, err)
		}
		told(c)
	})
	got := authtest.Serve(t, r, http.MethodGet, "/", authtest.Bearer(ada)).Members()
	if got["ok"] != false || got["payload"] != 0.0 || got["token"] != false || got["identity"] != nil {
		t.Errorf("the context still tells of %v", got)
	}
}

func TestAuthorizatorStillDecidesInAuthenticate(t *testing.T) {
	var asked any
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authorizator = func(data any, _ *gin.Context) bool { asked = data; return data == "admin" }
	})
	app.Engine.GET("/page", func(c *gin.Context) {
		access, err := app.Auth.Authenticate(c)
		_, in := ginauth.AccessFrom(c)
		_, status := ginauth.Code(err)
		c.JSON(http.StatusOK, gin.H{"subject": access.Subject, "role": access.Claims["role"], "word": status, "in": in, "payload": len(jwt.ExtractClaims(c)) > 0})
	})
	for name, want := range map[string]map[string]any{
		"admin": {"subject": "admin", "role": "admin", "word": "", "in": true, "payload": true},
		"user1": {"subject": "user1", "role": "user", "word": "forbidden", "in": false, "payload": false},
	} {
		got := app.Get("/page", app.Login(name).AccessToken).Members()
		if !maps.Equal(got, want) || asked != name {
			t.Errorf("%s (asked about %v): %v", name, asked, got)
		}
	}
	refused := app.Events.Of(ginauth.EventRefused)
	if len(refused) != 1 || refused[0].Subject != "user1" || refused[0].Reason != "forbidden" {
		t.Errorf("events: %+v", refused)
	}
}

// A guest is no event; a refused token is one.
func TestAuthenticateReportsRefusedTokensAndNoGuests(t *testing.T) {
	app := authtest.New(t)
	app.Engine.GET("/page", page(func(c *gin.Context) { _, _ = app.Auth.Authenticate(c) }))
	app.Get("/page", "")
	if got := app.Events.Kinds(); len(got) != 0 {
		t.Errorf("a guest is reported: %v", got)
	}
	app.Get("/page", "x.y.z")
	if refused := app.Events.Of(ginauth.EventRefused); len(refused) != 1 || refused[0].Reason != "token_invalid" || refused[0].IP == "" {
		t.Errorf("events: %+v", refused)
	}
}
