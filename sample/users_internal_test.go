package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/password"
)

// bothUsers runs a test on both user stores. The black-box tests run the Lua of the Redis
// store on real servers.
func bothUsers(t *testing.T, test func(t *testing.T, u users)) {
	seeded := func() map[string]user {
		return map[string]user{"a": {name: "a", role: adminRole, hash: "first"}, "b": {name: "b", hash: "b"}}
	}
	t.Run("memory", func(t *testing.T) { test(t, newMemoryUsers(seeded())) })
	t.Run("redis", func(t *testing.T) {
		rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
		t.Cleanup(func() { _ = rdb.Close() })
		test(t, newRedisUsers(rdb, "p", seeded()))
	})
}

func TestUpgradeOfAHashDoesNotUndoAChangeOfPassword(t *testing.T) {
	bothUsers(t, func(t *testing.T, u users) {
		ctx := t.Context()
		if _, err := u.find(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		if ok, err := u.replaceHash(ctx, "a", "first", "changed"); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if ok, err := u.replaceHash(ctx, "a", "first", "upgraded"); ok || err != nil {
			t.Error("the old hash was taken for the present one:", ok, err)
		}
		got, err := u.find(ctx, "a")
		if err != nil || got != (user{name: "a", role: adminRole, hash: "changed"}) {
			t.Errorf("%+v %v", got, err)
		}
	})
}

func TestUnknownUsersAreMadeByNothing(t *testing.T) {
	bothUsers(t, func(t *testing.T, u users) {
		ctx := t.Context()
		_, replaceErr := u.replaceHash(ctx, "nobody", "", "x")
		for _, err := range []error{u.setDisabled(ctx, "nobody", true), replaceErr} {
			if !errors.Is(err, errUnknownUser) {
				t.Error(err)
			}
		}
		for _, name := range []string{"nobody", ""} {
			if _, err := u.find(ctx, name); !errors.Is(err, errUnknownUser) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

func TestChangePastItsDeadlineDoesNothing(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	u := newRedisUsers(rdb, "p", map[string]user{"a": {name: "a", hash: "first"}})
	if _, err := u.find(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	late := time.Now().Add(-time.Second).UnixMilli()
	answer, err := changeScript.Run(t.Context(), rdb, []string{u.key("a")}, late, "hash", "first", "second").Text()
	if err != nil || answer != "late" {
		t.Errorf("%s %v", answer, err)
	}
	if got, err := u.find(t.Context(), "a"); err != nil || got.hash != "first" {
		t.Errorf("%+v %v", got, err)
	}
}

// A login that does not get its turn to hash reveals neither whether the password is right nor
// whether the user exists.
func TestLoginThatCannotHashIsUnavailable(t *testing.T) {
	hasher, err := password.New(password.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seeded, err := seed(t.Context(), hasher)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{users: newMemoryUsers(seeded), passwords: hasher}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"user1", "nobody"} {
		body := strings.NewReader("username=" + name + "&password=password123")
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequestWithContext(ended, http.MethodPost, "/login", body)
		c.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if _, err := a.authenticate(c); !errors.Is(err, ginauth.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
