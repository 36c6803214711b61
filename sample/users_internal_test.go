package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// bothUsers runs a test on both kinds of user store. The Lua of the Redis one runs on
// real servers in the black-box tests.
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

func TestHashingWaitsItsTurnAndGivesUp(t *testing.T) {
	p := newPasswords()
	for range cap(p.turns) {
		p.turns <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := p.verify(ctx, p.decoy, "x"); !errors.Is(err, ginauth.ErrUnavailable) {
		t.Error(err)
	}
	<-p.turns
	if right, err := p.verify(t.Context(), p.decoy, "x"); right || err != nil {
		t.Error(right, err)
	}
}
