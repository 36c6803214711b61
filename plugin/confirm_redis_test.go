//go:build unix

package ginauth_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// sickShard is a store whose Confirm fails or hangs for sessions of shard 0.
type sickShard struct {
	session.Store
	hangs bool
	calls atomic.Int64
	sick  atomic.Bool
}

func (s *sickShard) Confirm(ctx context.Context, uses []session.Use) error {
	for _, use := range uses {
		if use.ID.Shard() == 0 && s.sick.Load() {
			s.calls.Add(1)
			if s.hangs {
				<-ctx.Done()
			}
			return session.ErrUnavailable
		}
	}
	return s.Store.Confirm(ctx, uses)
}

func seen(t *testing.T, app *authtest.App, subject string) bool {
	t.Helper()
	list, err := app.Auth.Sessions(t.Context(), subject)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0].Confirmed
}

// user1 and user2 are on different shards, and one shard is down.
func TestAShardThatIsDownHoldsUpNoOthersConfirmations(t *testing.T) {
	for name, hangs := range map[string]bool{"it refuses": false, "it hangs": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := authtest.NewClock()
			rdb := redistest.Client(t, redistest.Single(lasting.For(t)).Addr(), redisstore.Tune)
			spread, err := redisstore.New(rdb, redisstore.Options{Prefix: rand.Text(), Shards: 2, Now: clock.Now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = spread.Close(context.Background()) })
			store := &sickShard{Store: spread, hangs: hangs}
			store.sick.Store(true)
			app := authtest.On(t, clock, store)
			ill, well := "user1", "user2"
			if session.ShardOf(ill, 2) != 0 {
				ill, well = well, ill
			}
			use := func(subject string) {
				wantStatus(t, app.Get("/protected", app.Login(subject).AccessToken), http.StatusOK)
			}
			use(ill)
			await(t, "the sick shard was asked", func() bool { return store.calls.Load() > 0 })
			use(well)
			await(t, "the other shard's confirmation", func() bool { return seen(t, app, well) })
			if seen(t, app, ill) {
				t.Fatal("confirmed by a shard that is down")
			}
			store.sick.Store(false)
			await(t, "the confirmation that waited", func() bool { return seen(t, app, ill) })
		})
	}
}
