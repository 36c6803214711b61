package ginauth_test

import (
	"net/http"
	"sync"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// together runs f in n goroutines that start at once, and returns the replies.
func together(n int, f func(i int) authtest.Reply) []authtest.Reply {
	replies := make([]authtest.Reply, n)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-begin
			replies[i] = f(i)
		})
	}
	close(begin)
	wg.Wait()
	return replies
}

func TestParallelRefreshesOfOneTokenGiveOneRefreshToken(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		first := app.Login("user1")
		next := map[string]bool{}
		access := map[string]bool{}
		for _, reply := range together(64, func(int) authtest.Reply { return app.Refresh(first.RefreshToken) }) {
			wantStatus(t, reply, http.StatusOK)
			tokens := reply.Tokens(t)
			next[tokens.RefreshToken] = true
			access[tokens.AccessToken] = true
			if gen := authtest.Claims(t, tokens.AccessToken)["gen"]; gen != 2.0 {
				t.Errorf("gen %v", gen)
			}
		}
		if len(next) != 1 || len(access) != 64 {
			t.Errorf("%d refresh tokens, %d access tokens; want 1 and 64", len(next), len(access))
		}
		if advances, retries := len(app.Events.Of(ginauth.EventRefresh)), len(app.Events.Of(ginauth.EventRefreshRetry)); advances != 1 || retries != 63 {
			t.Errorf("%d advances, %d retries", advances, retries)
		}
		for token := range next {
			app.Refreshed(token)
		}
	})
}

func TestStrictRotationUnderRaceLetsOneWinAndEndsTheSession(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.StrictRotation = true })
		first := app.Login("user1")
		var won []ginauth.Tokens
		for _, reply := range together(16, func(int) authtest.Reply { return app.Refresh(first.RefreshToken) }) {
			if reply.Status == http.StatusOK {
				won = append(won, reply.Tokens(t))
				continue
			}
			wantRefusal(t, reply, http.StatusUnauthorized, "invalid_grant")
		}
		// A mirror may learn that a loser ended the session before the winner's reply arrives.
		_, copied := store.(session.Feed)
		if len(won) > 1 || len(won) == 0 && !copied {
			t.Fatalf("%d refreshes of one token succeeded", len(won))
		}
		for _, tokens := range append(won, first) {
			wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
			wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
		}
	})
}

func TestLogoutRacingRefreshLeavesNothingAlive(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		for range 50 {
			first := app.Login("user1")
			replies := together(6, func(i int) authtest.Reply {
				if i == 3 {
					return app.Do("POST", "/logout", authtest.Bearer(first.AccessToken))
				}
				return app.Refresh(first.RefreshToken)
			})
			wantStatus(t, replies[3], http.StatusOK)
			alive := []ginauth.Tokens{first}
			for i, reply := range replies {
				if i != 3 && reply.Status == http.StatusOK {
					alive = append(alive, reply.Tokens(t))
				}
			}
			for _, tokens := range alive {
				wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
				wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
			}
		}
	})
}

func TestParallelLoginsKeepToMaxSessions(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.MaxSessions = 5 })
		logins := together(32, func(int) authtest.Reply {
			return app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"}))
		})
		alive := 0
		for _, reply := range logins {
			wantStatus(t, reply, http.StatusOK)
			if app.Get("/protected", reply.Tokens(t).AccessToken).Status == http.StatusOK {
				alive++
			}
		}
		if alive != 5 {
			t.Errorf("%d sessions alive, want 5", alive)
		}
	})
}
