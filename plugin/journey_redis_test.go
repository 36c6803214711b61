//go:build unix

package ginauth_test

import (
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/authtest"
	"github.com/ginauth/ginauth/plugin/internal/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func init() {
	stores["redis"] = func(t *testing.T, clock *authtest.Clock) session.Store {
		rdb := redistest.Client(t, redistest.Single(t).Addr(), nil)
		store, err := redisstore.NewWith(rdb, redisstore.Options{Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		return store
	}
}
