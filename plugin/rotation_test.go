package ginauth_test

import (
	"github.com/ginauth/ginauth/plugin/internal/token"
	"net/http"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// await polls until a condition holds that depends on background writes.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("not within 2 s: %s", what)
}

// confirmed reports whether the only session of user1 has been seen in use.
func confirmed(t *testing.T, app *authtest.App) bool {
	t.Helper()
	list, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].Confirmed
}

func TestARetryWithinTheGraceIsAnsweredEvenWhenConfirmed(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		first := app.Login("user1")
		second := app.Refreshed(first.RefreshToken)
		wantStatus(t, app.Get("/protected", second.AccessToken), http.StatusOK)
		await(t, "confirmation", func() bool { return confirmed(t, app) })
		clock.Add(9 * time.Second)
		if again := app.Refreshed(first.RefreshToken); again.RefreshToken != second.RefreshToken {
			t.Error("a retry within the grace got another refresh token")
		}
		clock.Add(2 * time.Second)
		wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		wantRefusal(t, app.Get("/protected", second.AccessToken), http.StatusUnauthorized, "token_revoked")
	})
}

func TestWithoutConfirmationARetryIsAnsweredForADay(t *testing.T) {
	for after, want := range map[time.Duration]int{session.LateRetry - time.Minute: 200, session.LateRetry + time.Second: 401} {
		t.Run(after.String(), func(t *testing.T) {
			app := authtest.New(t)
			first := app.Login("user1")
			app.Refreshed(first.RefreshToken) // whose reply is lost
			app.Clock.Add(after)
			wantStatus(t, app.Refresh(first.RefreshToken), want)
		})
	}
}

// Any use of an access token of the new generation ends the late retry, whichever client sends
// it.
func TestAnyUseOfTheNewTokenClosesTheLateRetry(t *testing.T) {
	for name, use := range map[string]func(*authtest.App, ginauth.Tokens) authtest.Reply{
		"protected": func(a *authtest.App, s ginauth.Tokens) authtest.Reply { return a.Get("/protected", s.AccessToken) },
		"optional":  func(a *authtest.App, s ginauth.Tokens) authtest.Reply { return a.Get("/hello", s.AccessToken) },
		"logout others": func(a *authtest.App, s ginauth.Tokens) authtest.Reply {
			return a.Do("POST", "/logout/others", authtest.Bearer(s.AccessToken))
		},
		"refresh": func(a *authtest.App, s ginauth.Tokens) authtest.Reply { return a.Refresh(s.RefreshToken) },
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t)
			first := app.Login("user1")
			second := app.Refreshed(first.RefreshToken)
			wantStatus(t, use(app, second), http.StatusOK)
			if name != "refresh" {
				await(t, "confirmation", func() bool { return confirmed(t, app) })
			}
			app.Clock.Add(11 * time.Second)
			wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant")
			wantRefusal(t, app.Refresh(second.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		})
	}
}

func TestUseOfTheOldTokenConfirmsNothing(t *testing.T) {
	app := authtest.New(t)
	first := app.Login("user1")
	second := app.Refreshed(first.RefreshToken)
	wantStatus(t, app.Get("/protected", first.AccessToken), http.StatusOK)
	if err := app.Auth.Close(t.Context()); err != nil { // writes what waits
		t.Fatal(err)
	}
	app.Clock.Add(time.Hour)
	if again := app.Refreshed(first.RefreshToken); again.RefreshToken != second.RefreshToken {
		t.Error("the late retry got another refresh token")
	}
}

func TestCloseWritesTheConfirmationsThatWait(t *testing.T) {
	app := authtest.New(t)
	second := app.Refreshed(app.Login("user1").RefreshToken)
	wantStatus(t, app.Get("/protected", second.AccessToken), http.StatusOK)
	if err := app.Auth.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !confirmed(t, app) {
		t.Error("a use before Close was not written")
	}
	wantStatus(t, app.Get("/protected", second.AccessToken), http.StatusOK) // requests may still come
}

func TestAGenerationIsConfirmedOnceANode(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.NewFaulty(authtest.New(t).Store)
	app := authtest.On(t, clock, store)
	access := app.Login("user1").AccessToken
	for range 3 {
		wantStatus(t, app.Get("/protected", access), http.StatusOK)
		await(t, "a confirmation", func() bool { return store.Calls(authtest.Confirm) == 1 })
	}
	if err := app.Auth.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := store.Calls(authtest.Confirm); n != 1 {
		t.Errorf("%d confirmations of one generation", n)
	}
}

func TestAConfirmationThatFailsIsWrittenLater(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.NewFaulty(authtest.New(t).Store)
	app := authtest.On(t, clock, store)
	store.Fail(session.ErrUnavailable, authtest.Confirm)
	wantStatus(t, app.Get("/protected", app.Login("user1").AccessToken), http.StatusOK)
	await(t, "two attempts", func() bool { return store.Calls(authtest.Confirm) >= 2 })
	if confirmed(t, app) {
		t.Fatal("confirmed by a store that refused")
	}
	store.Fail(nil)
	await(t, "confirmation", func() bool { return confirmed(t, app) })
}

func TestStrictRotationIsSingleUse(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.StrictRotation = true })
		first := app.Login("user1")
		second := app.Refreshed(first.RefreshToken)
		wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		wantRefusal(t, app.Refresh(second.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		if len(app.Events.Of(ginauth.EventRefreshReuse)) != 1 {
			t.Error("no reuse was reported")
		}
	})
}

func TestReportReuseRefusesAndReportsAndTheSessionLivesOn(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.ReportReuse = true })
		first := app.Login("user1")
		second := app.Refreshed(first.RefreshToken)
		third := app.Refreshed(second.RefreshToken)
		wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		reuse := app.Events.Of(ginauth.EventRefreshReuse)
		if len(reuse) != 1 || reuse[0].Subject != "user1" || reuse[0].Session.String() != first.SessionID {
			t.Errorf("events %v", reuse)
		}
		wantStatus(t, app.Get("/protected", third.AccessToken), http.StatusOK)
		app.Refreshed(third.RefreshToken)
	})
}

// The store lost its latest writes, but the client has the newer token: rule 5.
func TestARefreshTokenAheadOfTheStoreIsTakenAndReported(t *testing.T) {
	behind := authtest.New(t, fixedRefreshKey)
	first := behind.Login("user1")
	codec := codecOf(t)
	ahead := codec.Encode(token.Refresh{ID: mustID(t, first.SessionID), Generation: 7})
	next, err := codec.Decode(behind.Refreshed(ahead).RefreshToken)
	if err != nil || next.Generation != 8 {
		t.Fatal(next, err)
	}
	if len(behind.Events.Of(ginauth.EventRefreshAhead)) != 1 {
		t.Error("not reported")
	}
}

func TestTheIdleLimitMovesAndTheAbsoluteOneDoesNot(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.SessionIdleTTL, c.SessionMaxTTL = time.Hour, 150*time.Minute })
		tokens := app.Login("user1")
		clock.Add(59 * time.Minute)
		tokens = app.Refreshed(tokens.RefreshToken)
		clock.Add(59 * time.Minute)
		tokens = app.Refreshed(tokens.RefreshToken)
		if tokens.RefreshExpiresIn != 32*60 {
			t.Errorf("refresh_expires_in %d, want what is left of the absolute life", tokens.RefreshExpiresIn)
		}
		clock.Add(25 * time.Minute)
		tokens = app.Refreshed(tokens.RefreshToken)
		if tokens.ExpiresIn != 7*60 {
			t.Errorf("expires_in %d: an access token outlives its session", tokens.ExpiresIn)
		}
		clock.Add(7 * time.Minute)
		wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")

		idle := app.Login("user2")
		clock.Add(time.Hour)
		wantRefusal(t, app.Refresh(idle.RefreshToken), http.StatusUnauthorized, "invalid_grant")
	})
}
