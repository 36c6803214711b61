package ginauth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func wantCount(t *testing.T, want int) func(int, error) {
	return func(n int, err error) {
		t.Helper()
		if n != want || err != nil {
			t.Fatalf("revoked %d, %v; want %d", n, err, want)
		}
	}
}

func TestRevokeTokenOfEachKind(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		ctx := t.Context()
		first := app.Login("user1")
		second := app.Refreshed(first.RefreshToken)

		wantCount(t, 1)(app.Auth.RevokeToken(ctx, first.AccessToken))
		wantCount(t, 0)(app.Auth.RevokeToken(ctx, first.AccessToken))
		wantRefusal(t, app.Get("/protected", first.AccessToken), 401, "token_revoked")
		alive(t, app, second) // the session goes on

		wantCount(t, 1)(app.Auth.RevokeToken(ctx, first.RefreshToken)) // superseded, but of a live session
		wantCount(t, 0)(app.Auth.RevokeToken(ctx, second.RefreshToken))
		dead(t, app, second)
		wantCount(t, 0)(app.Auth.RevokeToken(ctx, second.AccessToken)) // dead with its session

		expired := app.Login("user1")
		clock.Add(authtest.Timeout)
		wantCount(t, 0)(app.Auth.RevokeToken(ctx, expired.AccessToken))
		app.Refreshed(expired.RefreshToken)
	})
}

func TestRevokeTokenOfJunkIsAnErrorWithoutTheJunk(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	for _, junk := range []string{"", "canary", "rt1_canary", tokens.AccessToken + "x", tokens.RefreshToken + "x", "a.b.c"} {
		n, err := app.Auth.RevokeToken(t.Context(), junk)
		if n != 0 || !errors.Is(err, ginauth.ErrTokenInvalid) || junk != "" && strings.Contains(err.Error(), junk) {
			t.Errorf("%q: %d, %v", junk, n, err)
		}
	}
	alive(t, app, tokens)
}

func TestRevokeSessionSubjectOthersAndAll(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		ctx := t.Context()
		one, two, three, other := app.Login("user1"), app.Login("user1"), app.Login("user1"), app.Login("user2")

		wantCount(t, 1)(app.Auth.RevokeSession(ctx, mustID(t, one.SessionID)))
		wantCount(t, 0)(app.Auth.RevokeSession(ctx, mustID(t, one.SessionID)))
		wantCount(t, 0)(app.Auth.RevokeSession(ctx, session.NewID(clock.Now(), 0)))
		dead(t, app, one)
		alive(t, app, two)

		wantCount(t, 1)(app.Auth.RevokeOtherSessions(ctx, "user1", mustID(t, three.SessionID)))
		dead(t, app, two)
		alive(t, app, three)

		wantCount(t, 1)(app.Auth.RevokeSubject(ctx, "user1"))
		wantCount(t, 0)(app.Auth.RevokeSubject(ctx, "user1"))
		wantCount(t, 0)(app.Auth.RevokeSubject(ctx, "nobody"))
		dead(t, app, three)
		alive(t, app, other)

		again := app.Login("user1") // in the same millisecond: not touched
		alive(t, app, again)
		wantCount(t, 2)(app.Auth.RevokeAll(ctx))
		dead(t, app, again)
		dead(t, app, other)
		alive(t, app, app.Login("user2"))
	})
}

func TestSessionsListsWhatIsAlive(t *testing.T) {
	app := authtest.New(t)
	app.Login("user1")
	app.Clock.Add(time.Second)
	newest := app.Login("user1")
	list, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(list) != 2 || list[0].ID.String() != newest.SessionID {
		t.Errorf("%v, %v", list, err)
	}
	if list, err = app.Auth.Sessions(t.Context(), "nobody"); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestGoCallsSayWhenTheStoreIsDown(t *testing.T) {
	app, store := newFaultyApp(t)
	tokens := app.Login("user1")
	store.Fail(errors.New("down"))
	ctx, id := t.Context(), mustID(t, tokens.SessionID)
	for name, call := range map[string]func() (int, error){
		"RevokeSession":       func() (int, error) { return app.Auth.RevokeSession(ctx, id) },
		"RevokeSubject":       func() (int, error) { return app.Auth.RevokeSubject(ctx, "user1") },
		"RevokeOtherSessions": func() (int, error) { return app.Auth.RevokeOtherSessions(ctx, "user1", id) },
		"RevokeToken access":  func() (int, error) { return app.Auth.RevokeToken(ctx, tokens.AccessToken) },
		"RevokeToken refresh": func() (int, error) { return app.Auth.RevokeToken(ctx, tokens.RefreshToken) },
		"RevokeAll":           func() (int, error) { return app.Auth.RevokeAll(ctx) },
		"Sessions":            func() (int, error) { list, err := app.Auth.Sessions(ctx, "user1"); return len(list), err },
	} {
		if n, err := call(); n != 0 || !errors.Is(err, ginauth.ErrUnavailable) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	store.Fail(nil)
	alive(t, app, tokens)
}

// Fresh goes by the time of the login, which a refresh does not renew.
func TestFreshIsJudgedByTheLogin(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	password := func() authtest.Reply {
		return app.Do("POST", "/protected/password", authtest.Bearer(tokens.AccessToken))
	}
	app.Clock.Add(authtest.FreshFor)
	wantStatus(t, password(), 200)
	app.Clock.Add(time.Second)
	wantRefusal(t, password(), 401, "reauthentication_required")
	tokens = app.Refreshed(tokens.RefreshToken)
	wantRefusal(t, password(), 401, "reauthentication_required")
	tokens = app.Login("user1")
	wantStatus(t, password(), 200)
	tokens.AccessToken = forge(t, tokens.AccessToken, map[string]any{"auth_time": app.Clock.Now().Add(time.Hour).Unix()})
	wantRefusal(t, password(), 401, "reauthentication_required") // a clock was ahead
	tokens.AccessToken = forge(t, tokens.AccessToken, map[string]any{"auth_time": nil})
	wantRefusal(t, password(), 401, "reauthentication_required")

	app.Engine.GET("/unguarded", app.Auth.Fresh(time.Hour), func(*gin.Context) { t.Error("reached") })
	wantRefusal(t, app.Get("/unguarded", tokens.AccessToken), 401, "token_missing")
}

func TestOptionalKnowsStrangersAndUsers(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	if got := app.Get("/hello", "").Members()["message"]; got != "Hello, stranger" {
		t.Error(got)
	}
	if got := app.Get("/hello", tokens.AccessToken).Members()["message"]; got != "Hello, user1" {
		t.Error(got)
	}
	wantCount(t, 1)(app.Auth.RevokeToken(t.Context(), tokens.AccessToken))
	wantRefusal(t, app.Get("/hello", tokens.AccessToken), 401, "token_revoked")
	app.Clock.Add(authtest.Timeout)
	wantRefusal(t, app.Get("/hello", tokens.AccessToken), 401, "token_expired")
}
