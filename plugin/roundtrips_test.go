//go:build unix

package ginauth_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// trips counts round trips to Redis: a single command or a pipeline. The handshake of a new
// pooled connection does not count.
type trips struct{ n atomic.Int64 }

func (*trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "hello" {
			c.n.Add(1)
		}
		return next(ctx, cmd)
	}
}

func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmds)
	}
}

func TestLoginUseRefreshAndLogoutAreOneRoundTripEach(t *testing.T) {
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	app := authtest.On(t, authtest.NewClock(), redisstore.Must(redisstore.New(rdb, redisstore.Options{})))
	first := app.Refreshed(app.Login("user1").RefreshToken) // Redis learns the scripts
	wantStatus(t, app.Get("/protected", first.AccessToken), http.StatusOK)
	await(t, "the first use is confirmed", func() bool { return confirmed(t, app) })
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(first.AccessToken)), http.StatusOK)

	count := &trips{}
	rdb.AddHook(count)
	one := func(what string, do func()) {
		t.Helper()
		before := count.n.Load()
		if do(); count.n.Load()-before != 1 {
			t.Errorf("%s: %d round trips", what, count.n.Load()-before)
		}
	}
	var tokens ginauth.Tokens
	one("login", func() { tokens = app.Login("user1") })
	one("refresh", func() { tokens = app.Refreshed(tokens.RefreshToken) })
	one("retried refresh", func() { app.Refreshed(tokens.RefreshToken) })
	one("use", func() { wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK) })
	await(t, "the use is confirmed, behind the request", func() bool { return count.n.Load() == 5 })
	one("use, again", func() { wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK) })
	one("logout", func() {
		wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
	})
}

// One asks whether the token is revoked, two read the session for its generation, and one rotates.
func TestARefreshWithTheAccessTokenIsFourRoundTrips(t *testing.T) {
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	app := withOldRoute(authtest.On(t, authtest.NewClock(), redisstore.Must(redisstore.New(rdb, redisstore.Options{})), accessRefresh(0)))
	token := renew(app, app.Login("user1").AccessToken).Tokens(t).AccessToken // Redis learns the scripts
	count := &trips{}
	rdb.AddHook(count)
	wantStatus(t, renew(app, token), http.StatusOK)
	if n := count.n.Load(); n != 4 {
		t.Errorf("%d round trips", n)
	}
}

// The confirmations of many sessions in use at the same time share their writes.
func TestConfirmationsShareWrites(t *testing.T) {
	const sessions = 200
	clock := authtest.NewClock()
	store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
	app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.MaxSessions = sessions })
	tokens := make([]ginauth.Tokens, sessions)
	for i := range tokens {
		tokens[i] = app.Login("user1")
	}
	for _, token := range tokens {
		wantStatus(t, app.Get("/protected", token.AccessToken), http.StatusOK)
	}
	await(t, "all are confirmed", func() bool {
		list, err := app.Auth.Sessions(t.Context(), "user1")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if !s.Confirmed {
				return false
			}
		}
		return len(list) == sessions
	})
	if n := store.Calls(authtest.Confirm); n > sessions/10 {
		t.Errorf("%d writes for %d confirmations", n, sessions)
	}
}
