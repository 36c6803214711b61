package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/throttle"
)

// turns gives each user of an App so many turns a minute.
func turns(t *testing.T, n int) func(*ginauth.Config) {
	t.Helper()
	limiter, err := throttle.Memory(throttle.Rate{Times: n, Window: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return func(c *ginauth.Config) { c.UserLimit = limiter }
}

func wantTooMany(t *testing.T, reply authtest.Reply) {
	t.Helper()
	wantRefusal(t, reply, http.StatusTooManyRequests, "too_many_attempts")
	if reply.Header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", reply.Header.Get("Retry-After"))
	}
}

// A thief who knows the password logs in again and again, until the owner's sessions are the
// oldest ones of Config.MaxSessions.
func TestAThiefWithThePasswordCannotEvictTheOwner(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, turns(t, 4), func(c *ginauth.Config) { c.MaxSessions = 5 })
	owner := app.Login("user1")
	for range 3 {
		app.Login("user1")
	}
	for range 10 {
		wantTooMany(t, app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"])))
	}
	wantStatus(t, app.Get("/protected", owner.AccessToken), http.StatusOK)
	app.Login("user2")
	failed := app.Events.Of(ginauth.EventLoginFailed)
	if len(failed) != 10 || failed[0].Reason != "too_many_attempts" {
		t.Errorf("%d events, %+v", len(failed), failed[:1])
	}
}

// Wrong passwords take no turn: otherwise anybody could keep a user from logging in.
func TestAWrongPasswordTakesNoTurnOfTheUser(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, turns(t, 1))
	for range 3 {
		app.Do(http.MethodPost, "/login", credentials("user1", "wrong"))
	}
	app.Login("user1")
}

// Each of these is an entry of the log that all nodes read.
func TestWhatWritesToTheLogIsLimited(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/logout/others", "/logout/all"} {
		clock := authtest.NewClock()
		store := authtest.NewFaulty(memstore.NewWith(memstore.Options{Now: clock.Now}))
		app := authtest.On(t, clock, store, turns(t, 3))
		first, second := app.Login("user1"), app.Login("user1")
		for range 3 {
			wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(second.AccessToken)), http.StatusOK)
		}
		before := store.Calls(authtest.Revoke)
		for range 5 {
			wantTooMany(t, app.Do(http.MethodPost, path, authtest.Bearer(second.AccessToken)))
		}
		if n := store.Calls(authtest.Revoke) - before; n != 0 {
			t.Errorf("%s: %d revocations", path, n)
		}
		wantRefusal(t, app.Get("/protected", first.AccessToken), http.StatusUnauthorized, "token_revoked")
		refused := app.Events.Of(ginauth.EventRefused)
		if len(refused) != 6 || refused[0].Reason != "too_many_attempts" || refused[0].Subject != "user1" {
			t.Errorf("%s: %+v", path, refused)
		}
	}
}

func TestSignedOutDevicesAreLimitedAndTheOwnSessionIsNot(t *testing.T) {
	t.Parallel()
	before := authtest.New(t)
	app := authtest.On(t, before.Clock, before.Store, turns(t, 1))
	first, second, third, thief := before.Login("user1"), before.Login("user1"), before.Login("user1"), before.Login("user1")
	end := func(by ginauth.Tokens, id string) authtest.Reply {
		return app.Do(http.MethodDelete, "/protected/sessions/"+id, authtest.Bearer(by.AccessToken))
	}
	wantStatus(t, end(thief, third.SessionID), http.StatusOK)
	wantTooMany(t, end(thief, first.SessionID))
	wantStatus(t, app.Get("/protected", first.AccessToken), http.StatusOK)
	wantStatus(t, end(second, thief.SessionID), http.StatusOK) // whose turns are its own
	wantStatus(t, end(second, second.SessionID), http.StatusOK)
	for range 2 { // and again
		wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(third.AccessToken)), http.StatusOK)
	}
	if n, err := app.Auth.RevokeSubject(t.Context(), "user1"); n != 1 || err != nil {
		t.Errorf("from Go: %d, %v", n, err)
	}
}

type brokenUserLimiter struct{}

func (brokenUserLimiter) Take(context.Context, string) (time.Duration, error) {
	return 0, errors.New("down")
}

func TestAUserLimiterThatFailsIsUnavailable(t *testing.T) {
	t.Parallel()
	app := authtest.New(t, func(c *ginauth.Config) { c.UserLimit = brokenUserLimiter{} })
	wantRefusal(t, app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"])), http.StatusServiceUnavailable, "unavailable")
	sessions, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(sessions) != 0 {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}

// A Redis that is full, or down, cannot count; what ends sessions must still end them.
func TestAUserLimiterThatFailsKeepsNobodyFromEndingSessions(t *testing.T) {
	t.Parallel()
	before := authtest.New(t)
	app := authtest.On(t, before.Clock, before.Store, func(c *ginauth.Config) { c.UserLimit = brokenUserLimiter{} })
	first, second, third := before.Login("user1"), before.Login("user1"), before.Login("user1")
	own := authtest.Bearer(first.AccessToken)
	wantStatus(t, app.Do(http.MethodDelete, "/protected/sessions/"+second.SessionID, own), http.StatusOK)
	wantStatus(t, app.Do(http.MethodPost, "/logout/others", own), http.StatusOK)
	wantRefusal(t, app.Get("/protected", third.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantStatus(t, app.Do(http.MethodPost, "/logout/all", own), http.StatusOK)
	if down := app.Events.Of(ginauth.EventStoreDown); len(down) != 3 {
		t.Errorf("%d of 3 are told", len(down))
	}
}

func TestAUserLimitThatIsANilPointerIsAMistake(t *testing.T) {
	t.Parallel()
	config := goodConfig()
	config.UserLimit = (*throttle.MemoryLimiter)(nil)
	wantMistakes(t, config, "UserLimit")
}

// A user may be named like a session.
func TestAUserNamedLikeASessionTakesNoTurnOfIt(t *testing.T) {
	t.Parallel()
	before := authtest.New(t)
	taken := map[string]int{}
	app := authtest.On(t, before.Clock, before.Store, func(c *ginauth.Config) { c.UserLimit = counter(taken) })
	owner := app.Login("user1")
	wantStatus(t, app.Do(http.MethodPost, "/logout/others", authtest.Bearer(owner.AccessToken)), http.StatusOK)
	if len(taken) != 2 || taken["user:user1"] != 1 || taken["session:"+owner.SessionID] != 1 {
		t.Errorf("%v", taken)
	}
}

type counter map[string]int

func (n counter) Take(_ context.Context, of string) (time.Duration, error) {
	n[of]++
	return 0, nil
}
