package ginauth_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// slow is a store whose answers take a while, and which says so when the caller gives up.
type slow struct {
	session.Store
	takes time.Duration
}

func (s *slow) wait(ctx context.Context) error {
	select {
	case <-time.After(s.takes):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", session.ErrUnavailable, ctx.Err())
	}
}

func (s *slow) Create(ctx context.Context, c session.Create) (session.Created, error) {
	if err := s.wait(ctx); err != nil {
		return session.Created{}, err
	}
	return s.Store.Create(ctx, c)
}

func (s *slow) Get(ctx context.Context, id session.ID) (session.Session, error) {
	if err := s.wait(ctx); err != nil {
		return session.Session{}, err
	}
	return s.Store.Get(ctx, id)
}

func (s *slow) Check(ctx context.Context, p session.Probe) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Store.Check(ctx, p)
}

func (s *slow) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	if err := s.wait(ctx); err != nil {
		return 0, err
	}
	return s.Store.Revoke(ctx, r)
}

// slowLimiter is as slow as the store.
type slowLimiter struct{ store *slow }

func (l slowLimiter) Begin(ctx context.Context, _, _ string) (time.Duration, error) {
	return 0, l.store.wait(ctx)
}

func (l slowLimiter) End(ctx context.Context, _, _ string, _ bool) (time.Duration, error) {
	return 0, l.store.wait(ctx)
}

// One call is in time, and several of them together are not.
func TestARequestOfSeveralSlowStoreCallsIsAnsweredInTime(t *testing.T) {
	requests := map[string]func(app *authtest.App, s, other ginauth.Tokens) authtest.Reply{
		"logout/all": func(app *authtest.App, s, _ ginauth.Tokens) authtest.Reply {
			return app.Do("POST", "/logout/all", authtest.Bearer(s.AccessToken))
		},
		"logout with two tokens": func(app *authtest.App, s, other ginauth.Tokens) authtest.Reply {
			return app.Do("POST", "/logout", authtest.Bearer(s.AccessToken), authtest.JSON(map[string]string{"refresh_token": other.RefreshToken}))
		},
		"login": func(app *authtest.App, s, _ ginauth.Tokens) authtest.Reply {
			return app.Do("POST", "/login", credentials("user1", authtest.Passwords["user1"]), authtest.Bearer(s.AccessToken))
		},
	}
	for name, ask := range requests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &slow{Store: memstore.New()}
				app := authtest.On(t, authtest.NewClock(), store, func(c *ginauth.Config) {
					c.LoginLimit = &ginauth.LoginLimit{Limiter: slowLimiter{store}}
				})
				s, other := app.Login("user1"), app.Login("user1")
				store.takes = 1500 * time.Millisecond
				began := time.Now()
				wantRefusal(t, ask(app, s, other), 503, "unavailable")
				if took := time.Since(began); took > 2500*time.Millisecond {
					t.Errorf("answered after %v", took)
				}
			})
		})
	}
}
