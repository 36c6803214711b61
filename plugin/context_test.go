package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// stay opens a request that is served until its ginauth.Context ends, and returns what
// tells the cause.
func stay(t *testing.T, app *authtest.App, access string) <-chan error {
	t.Helper()
	entered, ended := make(chan struct{}), make(chan error, 1)
	engine := gin.New()
	engine.GET("/stay", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		ctx := ginauth.SessionContext(c)
		close(entered)
		<-ctx.Done()
		ended <- context.Cause(ctx)
	})
	go authtest.Serve(t, engine, http.MethodGet, "/stay", authtest.Bearer(access))
	select {
	case <-entered:
	case <-time.After(5 * time.Second):
		t.Fatal("the request was not admitted")
	}
	return ended
}

func wantEnd(t *testing.T, ended <-chan error, cause error) {
	t.Helper()
	select {
	case err := <-ended:
		if !errors.Is(err, cause) {
			t.Errorf("ended because of %v, want %v", err, cause)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("still being served; want an end because of %v", cause)
	}
}

func TestAConnectionThatStaysEndsWithWhatItStandsOn(t *testing.T) {
	for name, revoke := range map[string]func(context.Context, *ginauth.Auth, ginauth.Tokens) (int, error){
		"session": func(ctx context.Context, a *ginauth.Auth, tokens ginauth.Tokens) (int, error) {
			id, err := session.ParseID(tokens.SessionID)
			if err != nil {
				return 0, err
			}
			return a.RevokeSession(ctx, id)
		},
		"token": func(ctx context.Context, a *ginauth.Auth, tokens ginauth.Tokens) (int, error) {
			return a.RevokeToken(ctx, tokens.AccessToken)
		},
		"subject": func(ctx context.Context, a *ginauth.Auth, _ ginauth.Tokens) (int, error) {
			return a.RevokeSubject(ctx, "user1")
		},
		"everything": func(ctx context.Context, a *ginauth.Auth, _ ginauth.Tokens) (int, error) {
			return a.RevokeAll(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t)
			tokens := app.Login("user1")
			ended := stay(t, app, tokens.AccessToken)
			if n, err := revoke(t.Context(), app.Auth, tokens); n != 1 || err != nil {
				t.Fatalf("revoked %d, %v", n, err)
			}
			wantEnd(t, ended, ginauth.ErrTokenRevoked)
		})
	}
}

func TestRevokingOthersLeavesAConnectionAlone(t *testing.T) {
	app := authtest.New(t)
	mine, other := app.Login("user1"), app.Login("user1")
	ended, others := stay(t, app, mine.AccessToken), stay(t, app, other.AccessToken)
	foreign := stay(t, app, app.Login("user2").AccessToken)
	wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(mine.AccessToken)), http.StatusOK)
	wantEnd(t, others, ginauth.ErrTokenRevoked)
	select {
	case err := <-ended:
		t.Errorf("the caller's own connection ended: %v", err)
	case err := <-foreign:
		t.Errorf("somebody else's connection ended: %v", err)
	default:
	}
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(mine.AccessToken)), http.StatusOK)
	wantEnd(t, ended, ginauth.ErrTokenRevoked)
	if _, err := app.Auth.RevokeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantEnd(t, foreign, ginauth.ErrTokenRevoked)
}

func TestAConnectionThatStaysEndsWhenItsTokenExpires(t *testing.T) {
	app := authtest.New(t)
	access := app.Login("user1").AccessToken
	app.Clock.Add(authtest.Timeout - 20*time.Millisecond) // the last moments are real time
	wantEnd(t, stay(t, app, access), ginauth.ErrTokenExpired)
}

// hush is a store without a revocation log.
type hush struct{ session.Store }

func TestWithoutALogAConnectionEndsByExpiryAlone(t *testing.T) {
	clock := authtest.NewClock()
	app := authtest.On(t, clock, hush{memstore.NewWith(memstore.Options{Now: clock.Now})})
	tokens := app.Login("user1")
	app.Clock.Add(authtest.Timeout - 50*time.Millisecond)
	ended := stay(t, app, tokens.AccessToken)
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
	wantEnd(t, ended, ginauth.ErrTokenExpired)
}

func TestARevocationBetweenTheCheckAndTheConnectionIsHeard(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	engine := gin.New()
	var cause error
	engine.GET("/stay", app.Auth.MiddlewareFunc(), func(c *gin.Context) {
		if _, err := app.Auth.RevokeSubject(c, "user1"); err != nil {
			t.Error(err)
		}
		ctx := ginauth.SessionContext(c)
		<-ctx.Done()
		cause = context.Cause(ctx)
	})
	authtest.Serve(t, engine, http.MethodGet, "/stay", authtest.Bearer(tokens.AccessToken))
	if !errors.Is(cause, ginauth.ErrTokenRevoked) {
		t.Errorf("ended because of %v", cause)
	}
}

func TestAStrangersContextIsTheRequests(t *testing.T) {
	c, _ := gin.CreateTestContext(nil)
	c.Request, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	if ginauth.SessionContext(c) != c.Request.Context() {
		t.Error("not the request's own context")
	}
}
