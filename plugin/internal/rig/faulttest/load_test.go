//go:build unix

package faulttest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

const (
	workers = 8
	pace    = 80 * time.Millisecond // per worker or prober
	kept    = 40                    // logins that a worker or the world remembers
)

// account is one login as its client knows it.
type account struct {
	subject, session, access, refresh string

	superseded []string // refresh tokens that were exchanged, oldest first
}

// load puts load on the nodes until ctx ends. Workers log in, refresh and log out. At each
// node a prober presents the tokens that workers use.
func (w *world) load(ctx context.Context, tasks *sync.WaitGroup) {
	for i := range workers {
		tasks.Go(func() {
			u := &user{w: w, name: fmt.Sprintf("user%d", i)}
			every(ctx, pace, u.act)
		})
	}
	for range len(w.living()) {
		tasks.Go(func() {
			every(ctx, pace, func() {
				if a, ok := w.anyRecent(); ok {
					w.use(w.anyNode(), a)
				}
			})
		})
	}
}

// every calls f about once per d until ctx ends.
func every(ctx context.Context, d time.Duration, f func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(d/2 + rand.N(d)):
			f()
		}
	}
}

func (w *world) remember(a account) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.recent = last(append(w.recent, a), kept)
}

func (w *world) anyRecent() (account, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.recent) == 0 {
		return account{}, false
	}
	return w.recent[rand.IntN(len(w.recent))], true
}

func last[T any](list []T, n int) []T { return slices.Clone(list[max(0, len(list)-n):]) }

func (w *world) use(n *node, a account) history.Answer {
	return w.rec.Do(a.op(history.Use, n, a.access), func() history.Answer { return n.use(a.access) })
}

// obeyed presents a token that was just revoked to the node that revoked it, and to strict
// nodes.
func (w *world) obeyed(revoker *node, a account) {
	for _, n := range w.living() {
		if n == revoker || n.Strict {
			w.use(n, a)
		}
	}
}

func (a account) op(kind history.Kind, n *node, token string) history.Op {
	return history.Op{Kind: kind, Node: n.Name, Subject: a.subject, Session: a.session, Token: token}
}

// user is a worker with its logins. Each user has its own refresh tokens: two workers that
// took turns to exchange the same one would look like theft.
type user struct {
	w          *world
	name       string
	logins     int
	live, dead []account
}

// act performs one random action at a random node.
func (u *user) act() {
	n := u.w.anyNode()
	if len(u.live) == 0 {
		u.login(n)
		return
	}
	i, p := rand.IntN(len(u.live)), rand.IntN(100)
	switch a := u.live[i]; {
	case p < 14:
		u.login(n)
	case p < 36:
		if u.w.use(n, a).Status == http.StatusUnauthorized {
			u.bury(a.session)
		}
	case p < 54:
		u.refresh(n, i)
	case p < 60:
		u.reuse(n, a)
	case p < 68:
		u.w.rec.Do(a.op(history.Logout, n, ""), func() history.Answer { return n.post("/logout", a.access, nil) })
		u.w.obeyed(n, a)
		u.bury(a.session)
	case p < 72:
		u.revokeToken(n, i)
	case p < 75:
		u.w.rec.Do(a.op(history.RevokeSubject, n, a.access), func() history.Answer { return n.post("/logout/all", a.access, nil) })
		u.w.obeyed(n, a)
		for _, other := range slices.Clone(u.live) {
			if other.subject == a.subject {
				u.bury(other.session)
			}
		}
	default:
		u.haunt(n)
	}
}

// login begins a session. Each subject is shared by two logins.
func (u *user) login(n *node) {
	a := account{subject: fmt.Sprintf("%s-%d", u.name, u.logins/2)}
	u.logins++
	form := url.Values{"username": {a.subject}, "password": {"x"}}
	answer := u.w.rec.Do(a.op(history.Login, n, ""), func() history.Answer { return n.post("/login", "", form) })
	if answer.Status == http.StatusOK {
		a.session, a.access, a.refresh = answer.Session, answer.Access, answer.Refresh
		u.live = append(u.live, a)
		u.w.remember(a)
	}
}

// refresh exchanges a refresh token. If there is no answer, a later call presents the same
// token again.
func (u *user) refresh(n *node, i int) {
	a := u.live[i]
	answer := u.exchange(n, history.Refresh, a, a.refresh)
	switch answer.Status {
	case http.StatusOK:
		a.superseded = append(slices.Clone(a.superseded), a.refresh)
		a.access, a.refresh = answer.Access, answer.Refresh
		u.live[i] = a
		u.w.remember(a)
	case http.StatusUnauthorized:
		u.bury(a.session)
	}
}

// reuse acts like a thief: it presents a refresh token whose successor has been exchanged too.
func (u *user) reuse(n *node, a account) {
	if len(a.superseded) < 2 {
		return
	}
	u.exchange(n, history.Reuse, a, a.superseded[len(a.superseded)-2])
	u.w.obeyed(n, a)
	u.bury(a.session)
}

func (u *user) exchange(n *node, kind history.Kind, a account, token string) history.Answer {
	return u.w.rec.Do(a.op(kind, n, token), func() history.Answer {
		return n.post("/refresh", "", url.Values{"refresh_token": {token}})
	})
}

// revokeToken ends one access token. Its session goes on and gets another token.
func (u *user) revokeToken(n *node, i int) {
	a := u.live[i]
	u.w.rec.Do(a.op(history.RevokeToken, n, a.access), func() history.Answer {
		return n.post("/revoke", "", url.Values{"token": {a.access}})
	})
	u.w.obeyed(n, a)
	u.dead = last(append(u.dead, account{subject: a.subject, session: a.session, access: a.access}), kept)
	u.refresh(n, i)
}

// haunt presents tokens that must be dead.
func (u *user) haunt(n *node) {
	if len(u.dead) == 0 {
		return
	}
	a := u.dead[rand.IntN(len(u.dead))]
	if a.refresh != "" && rand.IntN(4) == 0 {
		u.exchange(n, history.Refresh, a, a.refresh)
		return
	}
	u.w.use(n, a)
}

func (u *user) bury(session string) {
	for _, a := range u.live {
		if a.session == session {
			u.dead = last(append(u.dead, a), kept)
		}
	}
	u.live = slices.DeleteFunc(u.live, func(a account) bool { return a.session == session })
}
