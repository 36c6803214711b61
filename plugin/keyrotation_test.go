package ginauth_test

import (
	"bytes"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

const oldSecret, newSecret = "old-" + authtest.Secret, "new-" + authtest.Secret

// Changing JWT.Key node by node, with PreviousKeys on every node in between, logs no user out:
// every node accepts the tokens of all nodes.
func TestPreviousKeysCarryUsersOverAKeyChange(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.New(t).Store
	node := func(key string, previous ...string) *authtest.App {
		return authtest.On(t, clock, store, func(c *ginauth.Config) {
			c.JWT.Key = []byte(key)
			for _, p := range previous {
				c.PreviousKeys = append(c.PreviousKeys, []byte(p))
			}
		})
	}
	old, oldKnowsNew, newKnowsOld, fresh := node(oldSecret), node(oldSecret, newSecret), node(newSecret, oldSecret), node(newSecret)
	tokens := old.Login("user1")
	alive(t, newKnowsOld, tokens)
	next := newKnowsOld.Refreshed(tokens.RefreshToken)
	alive(t, oldKnowsNew, next)
	again := oldKnowsNew.Refreshed(next.RefreshToken)
	alive(t, newKnowsOld, again)
	last := newKnowsOld.Refreshed(again.RefreshToken)

	// After the last step, tokens of the old key are refused and tokens of the new key work.
	wantRefusal(t, fresh.Get("/protected", tokens.AccessToken), 401, "token_invalid")
	alive(t, fresh, last)
	fresh.Refreshed(last.RefreshToken)
	wantRefusal(t, old.Get("/protected", last.AccessToken), 401, "token_invalid")
}

// A previous key verifies tokens but never signs them: neither access nor refresh tokens.
func TestPreviousKeysNeverSign(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.New(t).Store
	app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.PreviousKeys = [][]byte{[]byte(oldSecret)} })
	old := authtest.On(t, clock, store, func(c *ginauth.Config) { c.JWT.Key = []byte(oldSecret) })
	tokens := app.Refreshed(old.Login("user1").RefreshToken)
	wantRefusal(t, old.Get("/protected", tokens.AccessToken), 401, "token_invalid")
	wantRefusal(t, old.Refresh(tokens.RefreshToken), 401, "invalid_grant")
}

func TestPreviousRefreshKeysVerifyAndNeverSign(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.New(t).Store
	one, two := []byte(strings.Repeat("1", 32)), []byte(strings.Repeat("2", 32))
	old := authtest.On(t, clock, store, func(c *ginauth.Config) { c.RefreshKeys = [][]byte{one} })
	both := authtest.On(t, clock, store, func(c *ginauth.Config) { c.RefreshKeys = [][]byte{two, one} })
	fresh := authtest.On(t, clock, store, func(c *ginauth.Config) { c.RefreshKeys = [][]byte{two} })
	tokens := old.Login("user1")
	wantRefusal(t, fresh.Refresh(tokens.RefreshToken), 401, "invalid_grant")
	next := both.Refreshed(tokens.RefreshToken)
	wantRefusal(t, old.Refresh(next.RefreshToken), 401, "invalid_grant")
	fresh.Refreshed(next.RefreshToken)
}

// Nodes with one key agree about refresh tokens without RefreshKeys; other keys do not.
func TestTheDerivedRefreshKeyFollowsTheKey(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.New(t).Store
	for name, change := range map[string]func(*ginauth.Config){"HS256": func(*ginauth.Config) {}, "RS256": useRSA} {
		t.Run(name, func(t *testing.T) {
			one, two := authtest.On(t, clock, store, change), authtest.On(t, clock, store, change)
			other := authtest.On(t, clock, store, func(c *ginauth.Config) { c.JWT.Key = []byte(newSecret) })
			tokens := one.Login("user1")
			wantRefusal(t, other.Refresh(tokens.RefreshToken), 401, "invalid_grant")
			two.Refreshed(tokens.RefreshToken)
		})
	}
}

// The ring is replaced while the application runs, in the steps that package keys describes:
// add, promote, drop.
func TestReplacingTheRingAtRunTime(t *testing.T) {
	first := mustKey(keys.HMAC("", []byte(oldSecret), keys.WithID("first")))
	second := mustKey(keys.HMAC("", []byte(newSecret), keys.WithID("second")))
	ring, err := keys.NewRing(first)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key, c.Keys = nil, ring })
	replace := func(all ...*keys.Key) {
		t.Helper()
		if err := ring.Replace(all...); err != nil {
			t.Fatal(err)
		}
	}
	tokens := app.Login("user1")
	replace(first, second)
	alive(t, app, tokens)
	replace(second, first)
	alive(t, app, tokens)
	next := app.Refreshed(tokens.RefreshToken)
	if kid := authtest.HeaderOf(t, next.AccessToken)["kid"]; kid != "second" {
		t.Errorf("kid %v after the promotion", kid)
	}
	unused := app.Login("user2")
	replace(second)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), 401, "token_invalid")
	wantRefusal(t, app.Refresh(tokens.RefreshToken), 401, "invalid_grant") // keyed by first
	alive(t, app, next)
	app.Refreshed(next.RefreshToken)
	app.Refreshed(unused.RefreshToken)

	// A key is identified by its name, not by its position: this is the same name with another
	// secret.
	replace(mustKey(keys.HMAC("", []byte(authtest.Secret), keys.WithID("second"))))
	wantRefusal(t, app.Get("/protected", next.AccessToken), 401, "token_invalid")
}

// Callers wipe keys after handing them over. Replacing the ring later must not bring the wiped
// keys into use, since anyone could make tokens with them.
func TestWipedPreviousRefreshKeysStayWhatTheyWere(t *testing.T) {
	clock := authtest.NewClock()
	store := authtest.New(t).Store
	previous := []byte(strings.Repeat("p", token.MinRefreshKey))
	older := authtest.On(t, clock, store, func(c *ginauth.Config) { c.RefreshKeys = [][]byte{previous} })
	wiped := bytes.Clone(previous)
	first := mustKey(keys.HMAC("", []byte(oldSecret)))
	ring, err := keys.NewRing(first)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.On(t, clock, store, func(c *ginauth.Config) {
		c.JWT.Key, c.Keys, c.RefreshKeys = nil, ring, [][]byte{[]byte(strings.Repeat("n", token.MinRefreshKey)), wiped}
	})
	clear(wiped)
	if err := ring.Replace(mustKey(keys.HMAC("", []byte(newSecret))), first); err != nil {
		t.Fatal(err)
	}
	tokens := older.Login("user1")
	codec, err := token.NewCodec(wiped)
	if err != nil {
		t.Fatal(err)
	}
	forged := codec.Encode(token.Refresh{ID: mustID(t, tokens.SessionID), Generation: 1})
	wantRefusal(t, app.Refresh(forged), 401, "invalid_grant")
	app.Refreshed(tokens.RefreshToken)
}

func TestReplacingTheRingUnderLoad(t *testing.T) {
	first := mustKey(keys.HMAC("", []byte(oldSecret), keys.WithID("first")))
	second := mustKey(keys.HMAC("", []byte(newSecret), keys.WithID("second")))
	ring, err := keys.NewRing(first, second)
	if err != nil {
		t.Fatal(err)
	}
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key, c.Keys, c.MaxSessions = nil, ring, 1000 })
	together(8, func(i int) authtest.Reply {
		for n := range 40 {
			if i == 0 {
				order := []*keys.Key{first, second}
				if err := ring.Replace(order[n%2], order[1-n%2]); err != nil {
					t.Error(err)
				}
				continue
			}
			tokens := app.Login("user1")
			if reply := app.Refresh(tokens.RefreshToken); reply.Status != 200 {
				t.Errorf("refresh: %s", reply)
			}
			if reply := app.Get("/protected", tokens.AccessToken); reply.Status != 200 {
				t.Errorf("use: %s", reply)
			}
		}
		return authtest.Reply{}
	})
}
