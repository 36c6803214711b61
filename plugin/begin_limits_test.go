package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// A job that runs away ends no more of its user's sessions than a thief could.
func TestBeginSessionIsLimitedAndEvicts(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, turns(t, 3), func(c *ginauth.Config) { c.MaxSessions = 2 })
		var all []ginauth.Tokens
		for range 3 {
			all = append(all, begun(t, app, "user1"))
			clock.Add(time.Second)
		}
		first := all[0]
		wantRefusal(t, app.Get("/protected", first.AccessToken), http.StatusUnauthorized, "token_revoked")
		evicted := app.Events.Of(ginauth.EventRevoked)
		if len(evicted) != 1 || evicted[0].Reason != session.ReasonLimit || evicted[0].Session.String() != first.SessionID {
			t.Errorf("events %+v", evicted)
		}
		if _, err := app.Auth.BeginSession(t.Context(), authtest.UserNamed("user1")); !errors.Is(err, ginauth.ErrTooManyAttempts) {
			t.Errorf("the fourth: %v", err)
		}
		for _, tokens := range all[1:] {
			wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
		}
		begun(t, app, "user2")
		if failed := app.Events.Of(ginauth.EventLoginFailed); len(failed) != 1 || failed[0].Reason != "too_many_attempts" {
			t.Errorf("events %+v", failed)
		}
	})
}

func TestBeginSessionObeysRefuseOverLimit(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.MaxSessions, c.RefuseOverLimit = 1, true })
	kept := begun(t, app, "user1")
	if _, err := app.Auth.BeginSession(t.Context(), authtest.UserNamed("user1")); !errors.Is(err, ginauth.ErrForbidden) {
		t.Errorf("got %v", err)
	}
	wantStatus(t, app.Get("/protected", kept.AccessToken), http.StatusOK)
}

// Nobody would have a token of the session that is left.
func TestAFailedBeginSessionLeavesNothingBehind(t *testing.T) {
	app, store := newFaultyApp(t, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			if claims["role"] == "admin" {
				claims["long"] = strings.Repeat("x", 6<<10)
			}
			return claims
		}
	})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, row := range map[string]struct {
		ctx   context.Context
		data  any
		fault error
		want  error
	}{
		"nobody":               {t.Context(), authtest.User{}, nil, ginauth.ErrInternal},
		"nil":                  {t.Context(), nil, nil, ginauth.ErrInternal},
		"claims too long":      {t.Context(), authtest.UserNamed("admin"), nil, ginauth.ErrInternal},
		"a store that is down": {t.Context(), authtest.UserNamed("user1"), session.ErrUnavailable, ginauth.ErrUnavailable},
		"a context that ended": {ended, authtest.UserNamed("user1"), nil, ginauth.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			store.Fail(row.fault, authtest.Create)
			defer store.Fail(nil)
			app.Events.Kinds() // forgets them
			tokens, err := app.Auth.BeginSession(row.ctx, row.data, ginauth.FromClient("192.0.2.9", ""))
			if !errors.Is(err, row.want) || tokens != (ginauth.Tokens{}) {
				t.Errorf("%v, %v", tokens, err)
			}
			failed := app.Events.Of(ginauth.EventLoginFailed)
			if len(failed) != 1 || failed[0].IP != "192.0.2.9" || !errors.Is(failed[0].Err, row.want) {
				t.Errorf("events %+v", failed)
			}
			for _, user := range []string{"user1", "admin"} {
				if list, err := app.Auth.Sessions(t.Context(), user); err != nil || len(list) != 0 {
					t.Errorf("%s has %d sessions, %v", user, len(list), err)
				}
			}
		})
	}
}

// A job whose context ends in the middle does not leave a session without an owner.
func TestBeginSessionIsNotInterrupted(t *testing.T) {
	app := authtest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	store := &interrupting{Store: app.Store, cancel: cancel}
	app = authtest.On(t, app.Clock, store)
	tokens, err := app.Auth.BeginSession(ctx, authtest.UserNamed("user1"))
	if err != nil || ctx.Err() == nil {
		t.Fatal(err, ctx.Err())
	}
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
}

// interrupting is a store during whose Create the caller gives up.
type interrupting struct {
	session.Store
	cancel context.CancelFunc
}

func (s *interrupting) Create(ctx context.Context, c session.Create) (session.Created, error) {
	s.cancel()
	if err := ctx.Err(); err != nil {
		return session.Created{}, err
	}
	if _, limited := ctx.Deadline(); !limited {
		return session.Created{}, errors.New("the call has no limit")
	}
	return s.Store.Create(ctx, c)
}
