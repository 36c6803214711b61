package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// endpoints is an App with the two RFC endpoints, for the client "api" and its secret.
type endpoints struct {
	*authtest.App
	engine *gin.Engine
}

const clientSecret = "test secret of a test client 0123456789"

func newEndpoints(t *testing.T) (endpoints, *authtest.Faulty) {
	t.Helper()
	clock := authtest.NewClock()
	faulty := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app := authtest.On(t, clock, faulty, func(c *ginauth.Config) {
		c.Clients = []ginauth.Client{{ID: "api", Secret: clientSecret}}
	})
	engine := gin.New()
	engine.POST("/revoke", app.Auth.RevocationHandler)
	engine.POST("/introspect", app.Auth.IntrospectionHandler)
	return endpoints{app, engine}, faulty
}

func basic(id, secret string) authtest.RequestOption {
	return func(r *http.Request) { r.SetBasicAuth(id, secret) }
}

func (e endpoints) ask(t *testing.T, path, token string) authtest.Reply {
	t.Helper()
	return authtest.Serve(t, e.engine, http.MethodPost, path, basic("api", clientSecret), authtest.Form(map[string]string{"token": token}))
}

func wantInactive(t *testing.T, reply authtest.Reply) {
	t.Helper()
	if got := strings.TrimSpace(string(reply.Body)); reply.Status != http.StatusOK || got != `{"active":false}` {
		t.Errorf("got %d %s", reply.Status, got)
	}
}

func TestOnlyTheClientMayAskAndRevoke(t *testing.T) {
	e, _ := newEndpoints(t)
	token := authtest.Form(map[string]string{"token": e.Login("user1").AccessToken})
	for name, client := range map[string]authtest.RequestOption{
		"nobody": authtest.Header("X-None", "1"), "wrong secret": basic("api", "x"), "wrong id": basic("x", clientSecret),
		"nothing": basic("", ""), "a user's token": authtest.Bearer(e.Login("user1").AccessToken),
	} {
		for _, path := range []string{"/revoke", "/introspect"} {
			for _, body := range []authtest.RequestOption{token, authtest.Body("text/plain", "x")} { // the client is judged first
				reply := authtest.Serve(t, e.engine, http.MethodPost, path, client, body)
				wantRefusal(t, reply, http.StatusUnauthorized, "invalid_client")
				if got := reply.Header.Get("WWW-Authenticate"); got != `Basic realm="authtest"` {
					t.Errorf("%s: challenge %q", name, got)
				}
			}
		}
	}
	for _, path := range []string{"/revoke", "/introspect"} {
		for _, body := range []authtest.RequestOption{authtest.Body("text/plain", "x"), authtest.Form(map[string]string{"x": "y"}), authtest.Body("application/json", "[]")} {
			wantRefusal(t, authtest.Serve(t, e.engine, http.MethodPost, path, basic("api", clientSecret), body), http.StatusBadRequest, "invalid_request")
		}
	}
}

func TestNobodyIsTheClientUnlessConfigured(t *testing.T) {
	for name, authenticate := range map[string]func(*ginauth.Config){
		"default": func(*ginauth.Config) {},
		"empty":   func(c *ginauth.Config) { c.Clients = []ginauth.Client{} },
		"yes-man": func(c *ginauth.Config) {
			c.AuthenticateClient = func(context.Context, string, string) bool { return true }
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, authenticate)
			engine := gin.New()
			engine.POST("/introspect", app.Auth.IntrospectionHandler)
			reply := authtest.Serve(t, engine, http.MethodPost, "/introspect", basic("", ""), authtest.Form(map[string]string{"token": "x"}))
			wantRefusal(t, reply, http.StatusUnauthorized, "invalid_client")
		})
	}
}

func TestIntrospectionTellsWhatALiveTokenSays(t *testing.T) {
	e, _ := newEndpoints(t)
	tokens := e.Login("user1")
	access := e.ask(t, "/introspect", tokens.AccessToken)
	wantStatus(t, access, http.StatusOK)
	if names := strings.Join(access.Names(), " "); names != "active aud exp iat iss jti sid sub token_type" {
		t.Errorf("members of an access token: %s", names)
	}
	claims, got := authtest.Claims(t, tokens.AccessToken), access.Members()
	for _, name := range []string{"sub", "sid", "jti", "iss", "aud", "iat", "exp"} {
		if got[name] != claims[name] {
			t.Errorf("%s is %v, in the token %v", name, got[name], claims[name])
		}
	}
	refresh := e.ask(t, "/introspect", tokens.RefreshToken).Members()
	if refresh["active"] != true || refresh["token_type"] != "refresh_token" || refresh["sub"] != "user1" || refresh["sid"] != tokens.SessionID {
		t.Errorf("a refresh token: %v", refresh)
	}
	if again := e.Refreshed(tokens.RefreshToken); again.RefreshToken == tokens.RefreshToken {
		t.Error("asking about a refresh token used it up")
	}
}

func TestIntrospectionFollowsTheRotationRules(t *testing.T) {
	e, _ := newEndpoints(t)
	first := e.Login("user1")
	second := e.Refreshed(first.RefreshToken)
	if e.ask(t, "/introspect", first.RefreshToken).Members()["active"] != true {
		t.Error("the previous token, within the grace, is not active")
	}
	wantStatus(t, e.Get("/protected", second.AccessToken), http.StatusOK)
	if err := e.Auth.Close(t.Context()); err != nil { // writes the confirmation
		t.Fatal(err)
	}
	e.Clock.Add(11 * time.Second)
	wantInactive(t, e.ask(t, "/introspect", first.RefreshToken))
	if e.ask(t, "/introspect", second.RefreshToken).Members()["active"] != true {
		t.Error("the current token is not active, or asking about the old one ended the session")
	}
}

// A service that introspects an access token has received it, so the token is in use, and the
// reply that carried it was not lost.
func TestIntrospectionOfAnAccessTokenIsAUse(t *testing.T) {
	e, _ := newEndpoints(t)
	first := e.Login("user1")
	second := e.Refreshed(first.RefreshToken)
	wantStatus(t, e.ask(t, "/introspect", second.RefreshToken), http.StatusOK) // says nothing about the reply
	if err := e.Auth.Close(t.Context()); err != nil {                          // writes what waits
		t.Fatal(err)
	}
	if confirmed(t, e.App) {
		t.Error("asking about a refresh token confirmed it")
	}
	wantStatus(t, e.ask(t, "/introspect", second.AccessToken), http.StatusOK)
	if err := e.Auth.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !confirmed(t, e.App) {
		t.Error("asking about an access token did not confirm it")
	}
}

func TestRefreshTokenOfADisabledUserIsInactive(t *testing.T) {
	var says error
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) { return authtest.UserNamed(s.Subject), says }))
	token := app.Login("user1").RefreshToken
	active := func() bool {
		t.Helper()
		answer, err := app.Auth.Introspect(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Active
	}
	if !active() {
		t.Error("the token of a user in good standing is inactive")
	}
	says = ginauth.ErrUserDisabled
	if active() {
		t.Error("the token of a disabled user is active")
	}
	says = errors.New("db down")
	if _, err := app.Auth.Introspect(t.Context(), token); !errors.Is(err, ginauth.ErrUnavailable) {
		t.Errorf("a user who cannot be asked about: %v", err)
	}
	says = nil
	if !active() {
		t.Error("asking ended the session")
	}
}

func TestWhatIsNotGoodIsExactlyInactive(t *testing.T) {
	e, _ := newEndpoints(t)
	tokens := e.Login("user1")
	wantInactive(t, e.ask(t, "/introspect", "junk"))
	wantInactive(t, e.ask(t, "/introspect", "rt1_junk"))
	wantInactive(t, e.ask(t, "/introspect", tokens.AccessToken+"x"))
	wantInactive(t, e.ask(t, "/introspect", strings.Repeat("a.", 20000)))
	wantStatus(t, e.ask(t, "/revoke", tokens.AccessToken), http.StatusOK)
	wantInactive(t, e.ask(t, "/introspect", tokens.AccessToken))
	if e.ask(t, "/introspect", tokens.RefreshToken).Members()["active"] != true {
		t.Error("revoking an access token took the session")
	}
	wantStatus(t, e.ask(t, "/revoke", tokens.RefreshToken), http.StatusOK)
	wantInactive(t, e.ask(t, "/introspect", tokens.RefreshToken))
	expired := e.Login("user1")
	e.Clock.Add(authtest.Timeout)
	wantInactive(t, e.ask(t, "/introspect", expired.AccessToken))
}

func TestRevokingWhatIsUnknownIsFine(t *testing.T) {
	e, _ := newEndpoints(t)
	tokens := e.Login("user1")
	for range 2 {
		for _, token := range []string{"junk", "rt1_junk", tokens.AccessToken, tokens.RefreshToken} {
			wantStatus(t, e.ask(t, "/revoke", token), http.StatusOK)
		}
	}
	wantRefusal(t, e.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
}

func TestTheEndpointsSayWhenTheStoreIsDown(t *testing.T) {
	e, faulty := newEndpoints(t)
	tokens := e.Login("user1")
	faulty.Fail(session.ErrUnavailable)
	for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
		for _, path := range []string{"/revoke", "/introspect"} {
			wantRefusal(t, e.ask(t, path, token), http.StatusServiceUnavailable, "unavailable")
		}
	}
}
