package ginauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/memstore"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// Two nodes change their keys one after the other, in the steps that package keys describes,
// while clients log in, use tokens and refresh on both. No token is refused.
func TestTwoNodesRotateKeysUnderLoadWithNoRefusedToken(t *testing.T) {
	const clients, changes = 4, 3
	key := func(n int) *keys.Key {
		return mustKey(keys.HMAC("", []byte(strings.Repeat(fmt.Sprint(n), 32)), keys.WithID(fmt.Sprint("key", n))))
	}
	clock := authtest.NewClock()
	store := memstore.NewWith(memstore.Options{Now: clock.Now})
	nodes, rings := make([]*authtest.App, 2), make([]*keys.Ring, 2)
	for i := range nodes {
		ring, err := keys.NewRing(key(0))
		if err != nil {
			t.Fatal(err)
		}
		rings[i] = ring
		nodes[i] = authtest.On(t, clock, store, func(c *ginauth.Config) { c.JWT.Key, c.Keys, c.MaxSessions = nil, ring, 1000 })
	}
	var stop atomic.Bool
	var rounds [clients]atomic.Int64
	var refused atomic.Int64
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop.Store(true)
	for i := range clients {
		wg.Go(func() {
			for n := i; !stop.Load(); n++ {
				here, there := nodes[n%2], nodes[1-n%2]
				tokens := here.Login("user1")
				for _, node := range []*authtest.App{there, here} {
					next := node.Refresh(tokens.RefreshToken)
					ok := next.Status == http.StatusOK
					if ok {
						tokens = next.Tokens(t)
						ok = here.Get("/protected", tokens.AccessToken).Status == http.StatusOK && there.Get("/protected", tokens.AccessToken).Status == http.StatusOK
					}
					if !ok {
						refused.Add(1)
					}
				}
				if reply := here.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)); reply.Status != http.StatusOK {
					refused.Add(1)
				}
				rounds[i].Add(1)
			}
		})
	}
	// settle waits until every client has logged in again, so that no older token is in use.
	settle := func() {
		for i := range clients {
			from := rounds[i].Load()
			await(t, "every client has begun anew", func() bool { return rounds[i].Load() >= from+2 })
		}
	}
	for n := range changes {
		old, next := key(n), key(n+1)
		for _, step := range [][]*keys.Key{{old, next}, {next, old}, {next}} {
			for _, ring := range rings {
				if err := ring.Replace(step...); err != nil {
					t.Fatal(err)
				}
				settle()
			}
		}
	}
	if n := refused.Load(); n != 0 {
		t.Errorf("%d requests were refused", n)
	}
	var total int64
	for i := range rounds {
		total += rounds[i].Load()
	}
	t.Logf("%d changes of keys on two nodes, %d rounds of %d clients", changes, total, clients)
}
