package ginauth_test

import (
	"context"
	"errors"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func newFaultyApp(t *testing.T, changes ...func(*ginauth.Config)) (*authtest.App, *authtest.Faulty) {
	t.Helper()
	clock := authtest.NewClock()
	store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	return authtest.On(t, clock, store, changes...), store
}

// Any answer of the store outside its contract becomes a 503, never a 200 or a 500, on every
// route and for every verb.
func TestAStoreThatFailsIs503FromEveryVerb(t *testing.T) {
	credentials := authtest.JSON(map[string]string{"username": "user1", "password": "password123"})
	for _, outage := range []error{
		session.ErrUnavailable, errors.New("redis: connection pool timeout"), context.DeadlineExceeded, context.Canceled, io.ErrUnexpectedEOF,
	} {
		app, store := newFaultyApp(t)
		for name, row := range map[string]struct {
			verb authtest.Verb
			ask  func(s ginauth.Tokens, other ginauth.Tokens) authtest.Reply
		}{
			"login": {authtest.Create, func(ginauth.Tokens, ginauth.Tokens) authtest.Reply { return app.Do("POST", "/login", credentials) }},
			"relogin": {authtest.Revoke, func(s, _ ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/login", credentials, authtest.Bearer(s.AccessToken))
			}},
			"refresh": {authtest.Rotate, func(s, _ ginauth.Tokens) authtest.Reply { return app.Refresh(s.RefreshToken) }},
			"logout": {authtest.Revoke, func(s, _ ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/logout", authtest.Bearer(s.AccessToken))
			}},
			"all": {authtest.Revoke, func(s, _ ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/logout/all", authtest.Bearer(s.AccessToken))
			}},
			"others": {authtest.Revoke, func(s, _ ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/logout/others", authtest.Bearer(s.AccessToken))
			}},
			"unknown": {authtest.Check, func(s, _ ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/logout/all", authtest.Bearer(s.AccessToken))
			}},
			"protected": {authtest.Check, func(s, _ ginauth.Tokens) authtest.Reply { return app.Get("/protected", s.AccessToken) }},
			"optional":  {authtest.Check, func(s, _ ginauth.Tokens) authtest.Reply { return app.Get("/hello", s.AccessToken) }},
			"sessions":  {authtest.List, func(s, _ ginauth.Tokens) authtest.Reply { return app.Get("/protected/sessions", s.AccessToken) }},
			"delete, looking": {authtest.Get, func(s, o ginauth.Tokens) authtest.Reply {
				return app.Do("DELETE", "/protected/sessions/"+o.SessionID, authtest.Bearer(s.AccessToken))
			}},
			"delete, ending": {authtest.Revoke, func(s, o ginauth.Tokens) authtest.Reply {
				return app.Do("DELETE", "/protected/sessions/"+o.SessionID, authtest.Bearer(s.AccessToken))
			}},
			"logout with two tokens": {authtest.Get, func(s, o ginauth.Tokens) authtest.Reply {
				return app.Do("POST", "/logout", authtest.Bearer(s.AccessToken), authtest.JSON(map[string]string{"refresh_token": o.RefreshToken}))
			}},
		} {
			t.Run(outage.Error()+"/"+name, func(t *testing.T) {
				one, two := app.Login("user1"), app.Login("user1")
				calls := store.Calls(row.verb)
				store.Fail(outage, row.verb)
				defer store.Fail(nil)
				reply := row.ask(one, two)
				wantRefusal(t, reply, 503, "unavailable")
				if reply.Header.Get("Retry-After") != "1" || store.Calls(row.verb) == calls {
					t.Errorf("Retry-After %q, %s asked %d times", reply.Header.Get("Retry-After"), row.verb, store.Calls(row.verb)-calls)
				}
			})
		}
	}
}

// Junk is refused without a call to the store, so the answer is the same during an outage.
func TestJunkIsRefusedWithoutTheStore(t *testing.T) {
	app, store := newFaultyApp(t, fixedRefreshKey)
	tokens := app.Login("user1")
	foreign, err := token.NewCodec([]byte("another node's key 0123456789-0123"))
	if err != nil {
		t.Fatal(err)
	}
	store.Fail(session.ErrUnavailable)
	before := store.AllCalls()
	forged := foreign.Encode(token.Refresh{ID: mustID(t, tokens.SessionID), Generation: 1})
	for _, junk := range []string{"x", "rt1_", "rt1_" + tokens.SessionID, forged, tokens.RefreshToken + "A", tokens.AccessToken} {
		wantRefusal(t, app.Refresh(junk), 401, "invalid_grant")
	}
	wantRefusal(t, app.Get("/protected", ""), 401, "token_missing")
	wantRefusal(t, app.Get("/protected", tokens.AccessToken+"x"), 401, "token_invalid")
	wantRefusal(t, app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "x"})), 401, "invalid_credentials")
	wantStatus(t, app.Get("/hello", ""), 200)
	if n := store.AllCalls() - before; n != 0 {
		t.Errorf("the store was asked %d times", n)
	}
}

func TestOnDownAllowServesOnlyWhatCannotBeChecked(t *testing.T) {
	app, store := newFaultyApp(t)
	app.Engine.GET("/lenient", app.Auth.Require(ginauth.OnDown(ginauth.Allow)), func(c *gin.Context) { c.Status(204) })
	app.Engine.GET("/lenient-hello", app.Auth.Optional(ginauth.OnDown(ginauth.Allow)), func(c *gin.Context) { c.Status(204) })
	app.Engine.POST("/lenient-logout", app.Auth.Require(ginauth.OnDown(ginauth.Allow)), app.Auth.LogoutAllHandler)
	tokens, gone := app.Login("user1"), app.Login("user2")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(gone.AccessToken)), 200)
	wantRefusal(t, app.Get("/lenient", gone.AccessToken), 401, "token_revoked")

	store.Fail(session.ErrUnavailable)
	wantStatus(t, app.Get("/lenient", tokens.AccessToken), 204)
	wantStatus(t, app.Get("/lenient-hello", tokens.AccessToken), 204)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 503, "unavailable")
	wantRefusal(t, app.Get("/lenient", tokens.AccessToken+"x"), 401, "token_invalid")
	wantRefusal(t, app.Do("POST", "/lenient-logout", authtest.Bearer(tokens.AccessToken)), 503, "unavailable")
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 503, "unavailable")
	if n := len(app.Events.Of(ginauth.EventServedUnchecked)); n != 3 {
		t.Errorf("%d requests reported as served unchecked, want 3", n)
	}
	app.Clock.Add(authtest.Timeout)
	wantRefusal(t, app.Get("/lenient", tokens.AccessToken), 401, "token_expired")
}

func TestOnStoreDownIsTheDefaultOfRoutes(t *testing.T) {
	app, store := newFaultyApp(t, func(c *ginauth.Config) { c.OnStoreDown = ginauth.Allow })
	app.Engine.GET("/strict", app.Auth.Require(ginauth.OnDown(ginauth.Deny)), func(c *gin.Context) { c.Status(204) })
	tokens := app.Login("user1")
	store.Fail(session.ErrUnavailable)
	wantStatus(t, app.Get("/protected", tokens.AccessToken), 200)
	wantRefusal(t, app.Get("/strict", tokens.AccessToken), 503, "unavailable")
	wantRefusal(t, app.Do("POST", "/logout/all", authtest.Bearer(tokens.AccessToken)), 503, "unavailable")
}

// A request whose client hangs up is not served unchecked, and does not count as an outage.
func TestAClientThatHangsUpIsNoOutage(t *testing.T) {
	app, _ := newFaultyApp(t, func(c *ginauth.Config) { c.OnStoreDown = ginauth.Allow })
	tokens := app.Login("user1")
	app.Events.Kinds()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "/protected", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	w := httptest.NewRecorder()
	app.Engine.ServeHTTP(w, request)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if down := app.Events.Of(ginauth.EventStoreDown); len(down) != 0 {
		t.Errorf("reported as an outage: %v", down)
	}
}

// A logout takes effect even if its client hangs up.
func TestALogoutOutlivesItsClient(t *testing.T) {
	app, _ := newFaultyApp(t)
	tokens := app.Login("user1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/logout", http.NoBody)
	request.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	app.Engine.ServeHTTP(httptest.NewRecorder(), request)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
}

// Strict routes ask the store behind a mirror.
func TestStrictAsksBehindTheCopy(t *testing.T) {
	for name, row := range map[string]struct {
		options []ginauth.RouteOption
		strict  bool
	}{"default": {nil, false}, "Strict": {[]ginauth.RouteOption{ginauth.Strict()}, true}} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			store := &probes{Store: memstore.NewWith(memstore.Options{Now: clock.Now})}
			app := authtest.On(t, clock, store)
			app.Engine.GET("/x", app.Auth.Require(row.options...), func(c *gin.Context) { c.Status(204) })
			tokens := app.Login("user1")
			wantStatus(t, app.Get("/x", tokens.AccessToken), 204)
			claims := authtest.Claims(t, tokens.AccessToken)
			if p := store.last; p.Strict != row.strict || p.Subject != "user1" || p.ID.String() != claims["sid"] || p.Token.String() != claims["jti"] {
				t.Errorf("probe %+v", p)
			}
		})
	}
}

type probes struct {
	session.Store
	last session.Probe
}

func (p *probes) Check(ctx context.Context, probe session.Probe) error {
	p.last = probe
	return p.Store.Check(ctx, probe)
}
