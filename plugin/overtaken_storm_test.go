package ginauth_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// running opens stores of one kind, on the real clock, for several nodes with the same data.
var running = map[string]func(t *testing.T) func() session.Store{
	"memory": func(*testing.T) func() session.Store {
		store := memstore.New()
		return func() session.Store { return store }
	},
}

// accounts is a user with a password that can change, and whose check takes a while.
type accounts struct {
	mu       sync.Mutex
	password string
}

func (a *accounts) use(c *ginauth.Config) {
	c.MaxSessions = 100_000
	c.JWT.Authenticator = func(c *gin.Context) (any, error) {
		name, password, err := ginauth.ReadCredentials(c)
		if err != nil {
			return nil, err
		}
		a.mu.Lock()
		good := password == a.password
		a.mu.Unlock()
		time.Sleep(time.Millisecond) // the hash
		if !good {
			return nil, jwt.ErrFailedAuthentication
		}
		return authtest.UserNamed(name), nil
	}
}

// A thief who keeps logins with the old password in flight has none left once the change of the
// password has been answered, on any node, and the owner is served.
func TestNoLoginWithTheOldPasswordSurvivesAStorm(t *testing.T) {
	for name, open := range running {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			users := &accounts{password: "old"}
			store := open(t)
			nodes := []*authtest.App{
				authtest.On(t, authtest.NewClock(), store(), users.use),
				authtest.On(t, authtest.NewClock(), store(), users.use),
			}
			for round := range 10 {
				storm(t, users, nodes, round)
			}
		})
	}
}

// answered repeats a request that a store on a busy machine did not answer in time.
func answered(request func() authtest.Reply) (reply authtest.Reply) {
	for range 20 {
		if reply = request(); reply.Status != http.StatusServiceUnavailable {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return reply
}

// loot holds the tokens that thieves have got.
type loot struct {
	mu     sync.Mutex
	tokens []ginauth.Tokens
}

func (l *loot) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tokens)
}

// steal keeps logins in flight until stop is called, which returns when the last one has been
// answered.
func steal(t *testing.T, login func(n int) authtest.Reply) (l *loot, stop func()) {
	t.Helper()
	l = &loot{}
	ctx, cancel := context.WithCancel(t.Context())
	var thieves sync.WaitGroup
	for n := range 8 {
		thieves.Go(func() {
			for ctx.Err() == nil {
				if reply := login(n); reply.Status == http.StatusOK {
					l.mu.Lock()
					l.tokens = append(l.tokens, reply.Tokens(t))
					l.mu.Unlock()
				}
			}
		})
	}
	return l, func() { cancel(); thieves.Wait() }
}

func storm(t *testing.T, users *accounts, nodes []*authtest.App, round int) {
	t.Helper()
	old, replacement := users.password, "new password "+string(rune('a'+round))
	login := func(n int, password string) authtest.Reply {
		return nodes[n%len(nodes)].Do(http.MethodPost, "/login", credentials("user1", password))
	}
	stolen, stop := steal(t, func(n int) authtest.Reply { return login(n, old) })
	defer stop()
	for stolen.count() < 4 { // the storm is on, however long that takes on a busy machine
		time.Sleep(time.Millisecond)
	}
	users.mu.Lock()
	users.password = replacement
	users.mu.Unlock()
	endUser(t, nodes[0])
	for n := range nodes {
		wantStatus(t, answered(func() authtest.Reply { return login(n, replacement) }), http.StatusOK)
	}
	time.Sleep(10 * time.Millisecond)
	stop()
	for _, tokens := range stolen.tokens {
		for _, node := range nodes {
			reply := answered(func() authtest.Reply { return node.Refresh(tokens.RefreshToken) })
			wantRefusal(t, reply, http.StatusUnauthorized, "invalid_grant")
		}
	}
	if list, err := nodes[0].Auth.Sessions(t.Context(), "user1"); err != nil || len(list) != len(nodes) {
		t.Errorf("%d sessions live, %v; want the owner's %d", len(list), err, len(nodes))
	}
	endUser(t, nodes[0])
}

// endUser revokes the user, with as many attempts as a busy machine may need.
func endUser(t *testing.T, node *authtest.App) {
	t.Helper()
	var err error
	for range 20 {
		if _, err = node.Auth.RevokeSubject(t.Context(), "user1"); err == nil {
			return
		}
	}
	t.Fatal(err)
}
