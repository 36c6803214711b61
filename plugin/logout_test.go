package ginauth_test

import (
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func withRefresh(token string) authtest.RequestOption {
	return authtest.JSON(map[string]string{"refresh_token": token})
}

// dead fails the test unless both tokens of a session are refused.
func dead(t *testing.T, app *authtest.App, tokens ginauth.Tokens) {
	t.Helper()
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_revoked")
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 401, "invalid_grant")
}

func alive(t *testing.T, app *authtest.App, tokens ginauth.Tokens) {
	t.Helper()
	wantStatus(t, app.Get("/protected", tokens.AccessToken), 200)
}

func TestLogoutByEachToken(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, cookieToo)
		for name, present := range map[string]func(ginauth.Tokens) []authtest.RequestOption{
			"access in header": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Bearer(s.AccessToken)}
			},
			"access in cookie": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Cookie("jwt", s.AccessToken)}
			},
			"refresh in JSON": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{withRefresh(s.RefreshToken)}
			},
			"refresh in a form": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Form(map[string]string{"refresh_token": s.RefreshToken})}
			},
			"both": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Bearer(s.AccessToken), withRefresh(s.RefreshToken)}
			},
		} {
			t.Run(name, func(t *testing.T) {
				tokens, other := app.Login("user1"), app.Login("user1")
				for range 2 { // again is 200, of a dead session too
					wantSuccess(t, app.Do("POST", "/logout", present(tokens)...), "code")
				}
				dead(t, app, tokens)
				alive(t, app, other)
			})
		}
	})
}

func TestLogoutWithAnExpiredAccessToken(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	app.Clock.Add(authtest.Timeout)
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken)), 200)
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 401, "invalid_grant")
}

func TestLogoutWithASupersededRefreshToken(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		first := app.Login("user1")
		third := app.Refreshed(app.Refreshed(first.RefreshToken).RefreshToken)
		wantStatus(t, app.Do("POST", "/logout", withRefresh(first.RefreshToken)), 200)
		dead(t, app, third)
	})
}

func TestLogoutWithTwoSessionsOfOneUserEndsBoth(t *testing.T) {
	app := authtest.New(t)
	one, two := app.Login("user1"), app.Login("user1")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(one.AccessToken), withRefresh(two.RefreshToken)), 200)
	dead(t, app, one)
	dead(t, app, two)
	// One of the two may have ended already.
	three := app.Login("user1")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(three.AccessToken), withRefresh(two.RefreshToken)), 200)
	dead(t, app, three)
}

func TestLogoutWithTokensOfTwoUsersEndsNothing(t *testing.T) {
	app := authtest.New(t)
	one, two := app.Login("user1"), app.Login("user2")
	wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(one.AccessToken), withRefresh(two.RefreshToken)), 400, "invalid_request")
	alive(t, app, one)
	alive(t, app, two)
}

func TestLogoutWithATokenThatDoesNotVerifyEndsNothing(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken+"x"), withRefresh(tokens.RefreshToken)), 401, "token_invalid")
	wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken), withRefresh(tokens.RefreshToken+"x")), 401, "invalid_grant")
	alive(t, app, tokens)
}

// A logout was answered 200 for a session that the store has lost. Its tokens stay dead even
// if the store finds the session again.
func TestLogoutOfALostSessionIsWritten(t *testing.T) {
	app := authtest.New(t)
	lost := forge(t, app.Login("user1").AccessToken, map[string]any{"sid": session.NewID(app.Clock.Now(), 0).String()})
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(lost)), 200)
	log, ok := app.Store.(session.Log)
	if !ok {
		t.Fatal("memstore has a log")
	}
	entries, _, err := log.Read(t.Context(), 0, session.Position{}, 10, 0)
	if err != nil || len(entries) != 1 || entries[0].ID.String() != authtest.Claims(t, lost)["sid"] {
		t.Errorf("log %v, %v", entries, err)
	}
}

// The sid is well signed, but no store of this application wrote it. The token is treated like
// one of a session that ended for good.
func TestATokenOfNoSessionOfOursIsLoggedOutAndRevokedLikeADeadOne(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	foreign := forge(t, tokens.AccessToken, map[string]any{"sid": "no id of ours"})
	wantRefusal(t, app.Get("/protected", foreign), 401, "token_revoked")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(foreign)), 200)
	wantCount(t, 0)(app.Auth.RevokeToken(t.Context(), foreign))
	alive(t, app, tokens)

	wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(foreign), withRefresh(app.Login("user2").RefreshToken)), 400, "invalid_request")
	wantStatus(t, app.Do("POST", "/logout", authtest.Bearer(foreign), withRefresh(tokens.RefreshToken)), 200)
	dead(t, app, tokens)
}

func TestALoginEndsTheSessionThatItPresents(t *testing.T) {
	credentials := func(more ...string) map[string]string {
		fields := map[string]string{"username": "user1", "password": "password123"}
		for i := 0; i+1 < len(more); i += 2 {
			fields[more[i]] = more[i+1]
		}
		return fields
	}
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, cookieToo)
		for name, present := range map[string]func(ginauth.Tokens) []authtest.RequestOption{
			"header": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Bearer(s.AccessToken), authtest.JSON(credentials())}
			},
			"cookie": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Cookie("jwt", s.AccessToken), authtest.Form(credentials())}
			},
			"refresh token in JSON": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.JSON(credentials("refresh_token", s.RefreshToken))}
			},
			"refresh token in a form": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Form(credentials("refresh_token", s.RefreshToken))}
			},
			"another user's": func(s ginauth.Tokens) []authtest.RequestOption {
				return []authtest.RequestOption{authtest.Bearer(s.AccessToken), authtest.JSON(map[string]string{"username": "user2", "password": "password456"})}
			},
		} {
			t.Run(name, func(t *testing.T) {
				old, other := app.Login("user1"), app.Login("user1")
				reply := app.Do("POST", "/login", present(old)...)
				wantStatus(t, reply, 200)
				dead(t, app, old)
				alive(t, app, other)
				alive(t, app, reply.Tokens(t))
			})
		}
		t.Run("not by a failed login", func(t *testing.T) {
			old := app.Login("user1")
			wantRefusal(t, app.Do("POST", "/login", authtest.Bearer(old.AccessToken), authtest.JSON(map[string]string{"username": "user1", "password": "x"})), 401, "invalid_credentials")
			alive(t, app, old)
		})
		t.Run("an expired one", func(t *testing.T) {
			old := app.Login("user1")
			clock.Add(authtest.Timeout)
			app.Login("user1", authtest.Bearer(old.AccessToken))
			wantRefusal(t, app.Refresh(old.RefreshToken), 401, "invalid_grant")
		})
		t.Run("a forged one names nobody", func(t *testing.T) {
			old := app.Login("user1")
			app.Login("user2", authtest.Bearer(old.AccessToken+"x"))
			alive(t, app, old)
		})
	})
}

func TestSessionLimits(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		evicting := authtest.On(t, clock, store, func(c *ginauth.Config) { c.MaxSessions = 2 })
		one := evicting.Login("user1")
		clock.Add(time.Millisecond)
		two := evicting.Login("user1")
		clock.Add(time.Millisecond)
		three := evicting.Login("user1")
		dead(t, evicting, one)
		alive(t, evicting, two)
		alive(t, evicting, three)
		evicted := evicting.Events.Of(ginauth.EventRevoked)
		if len(evicted) != 1 || evicted[0].Session.String() != one.SessionID || evicted[0].Subject != "user1" || evicted[0].Reason != "session_limit" {
			t.Errorf("events %v", evicted)
		}
		refusing := authtest.On(t, clock, store, func(c *ginauth.Config) { c.MaxSessions, c.RefuseOverLimit = 2, true })
		login := authtest.JSON(map[string]string{"username": "user1", "password": "password123"})
		wantRefusal(t, refusing.Do("POST", "/login", login), 403, "forbidden")
		alive(t, refusing, two)
		refusing.Login("user1", authtest.Bearer(two.AccessToken)) // the presented one makes room
		refusing.Login("user2")
	})
}
