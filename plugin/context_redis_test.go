//go:build unix

package ginauth_test

import (
	"context"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// A Redis that lost its data has lost the session and everything logged about it. Later writes
// by other clients make the log look as if it had continued normally.
func TestAConnectionThatStaysEndsWhenTheStoreLosesItsSession(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	store := redisstore.Must(redisstore.New(rdb, redisstore.Options{}))
	t.Cleanup(func() { _ = store.Close(context.Background()) })
	app := authtest.On(t, authtest.NewClock(), store)
	end := func(id session.ID) {
		if _, err := store.Revoke(t.Context(), session.Revocation{Kind: session.KindSession, ID: id, Until: time.Now().Add(time.Hour)}); err != nil {
			t.Error(err)
		}
	}
	tokens := app.Login("user1")
	ended := stay(t, app, tokens.AccessToken)
	for range 2 { // the second shows that the log is being followed
		other := app.Login("user2")
		gone := stay(t, app, other.AccessToken)
		end(mustID(t, other.SessionID))
		wantEnd(t, gone, ginauth.ErrTokenRevoked)
	}
	if err := rdb.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	end(session.NewID(time.Now(), 0))
	wantEnd(t, ended, ginauth.ErrTokenRevoked)
}
