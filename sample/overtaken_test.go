package main_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"
)

// loot holds the sessions that a thief has begun with a password.
type loot struct {
	mu     sync.Mutex
	tokens []tokens
	told   map[int]int // replies by status
}

// storm keeps logins in flight on the nodes until stop is called, which returns when the last
// one has been answered.
func storm(t *testing.T, name, password string, nodes ...*node) (l *loot, stop func()) {
	l = &loot{told: map[int]int{}}
	ctx, cancel := context.WithCancel(t.Context())
	var thieves sync.WaitGroup
	for i := range 6 {
		n := nodes[i%len(nodes)]
		thieves.Go(func() {
			for ctx.Err() == nil {
				got, err := n.try(t, loginRequest(name, password))
				if err != nil && ctx.Err() != nil {
					return // the test has failed
				}
				if err != nil {
					t.Error(err)
					return
				}
				l.mu.Lock()
				l.told[got.status]++
				if got.status == http.StatusOK {
					l.tokens = append(l.tokens, tokensOf(got))
				}
				l.mu.Unlock()
			}
		})
	}
	return l, func() { cancel(); thieves.Wait() }
}

func (l *loot) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.tokens)
}

// A thief who knows the old password keeps logins in flight, whose hashes take their time. Once
// the change of the password has been answered, not one of them lives or begins.
func TestNoLoginWithTheOldPasswordSurvivesItsChange(t *testing.T) {
	t.Parallel()
	settings := []string{"LOGIN_RATE=off", "USER_RATE=off", "MAX_SESSIONS=100000"} // the thief must not get in his own way
	for name, open := range map[string]func(t *testing.T) []*node{
		"memory": func(t *testing.T) []*node { return []*node{start(t, settings...)} },
		"two nodes": func(t *testing.T) []*node {
			server := anyRedis(t)
			return []*node{start(t, append(settings, server.url())...), start(t, append(settings, server.url(), strictCheck)...)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nodes := open(t)
			n := nodes[0]
			healed(t, n)
			own := n.login(t, "user1")
			l, stop := storm(t, "user1", demo["user1"], nodes...)
			eventually(t, time.Minute, func() bool { return l.count() > 12 })
			const next = "a new password 33"
			change := request{Method: "POST", Path: "/protected/password", Token: own.access,
				Fields: map[string]any{"old_password": demo["user1"], "new_password": next}}
			var changed reply
			eventually(t, time.Minute, func() bool { // on a busy machine the hashes keep each other waiting
				changed = n.do(t, change)
				return changed.status == http.StatusOK
			})
			stop()
			mine := n.ok(t, loginRequest("user1", next))
			l.tokens = append(l.tokens, own) // the thief may have a copy of them, too
			own = tokensOf(changed)
			for _, stolen := range l.tokens {
				for _, n := range nodes {
					n.soonDead(t, stolen.access)
					n.deadRefresh(t, stolen.refresh)
				}
			}
			for _, session := range []tokens{own, tokensOf(mine)} {
				n.alive(t, session.access)
			}
			listed, _ := n.ok(t, get("/protected/sessions", own.access)).body["sessions"].([]any)
			if len(listed) != 2 {
				t.Errorf("%d sessions live, want the owner's two", len(listed))
			}
			t.Logf("%d sessions stolen; replies %v", len(l.tokens), l.told)
		})
	}
}
