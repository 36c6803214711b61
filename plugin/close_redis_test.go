package ginauth_test

import (
	"context"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Two Auths may share a store, and the first Close closes it for both. The other one still
// serves: its Allow is for an outage, and must not let revoked tokens through because a
// colleague has closed the store, or because the application has closed the client too early.
func TestAClosedStoreIsNoOutageForWhoeverSharesIt(t *testing.T) {
	for name, closing := range map[string]func(*testing.T, string) (session.Store, func()){
		"another Auth closes the store": func(t *testing.T, addr string) (session.Store, func()) {
			store := redisstore.Must(redisstore.Connect("redis://"+addr, redisstore.Options{}))
			other := authtest.On(t, authtest.NewClock(), store)
			return store, func() { _ = other.Auth.Close(context.Background()) }
		},
		"the application closes its client": func(t *testing.T, addr string) (session.Store, func()) {
			rdb := redistest.Client(t, addr, redisstore.Tune) // tuned, or the store would work on a copy
			return redisstore.Must(redisstore.New(rdb, redisstore.Options{})), func() { _ = rdb.Close() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			store, end := closing(t, redistest.Single(t).Addr())
			app := authtest.On(t, authtest.NewClock(), store)
			engine := gin.New()
			engine.GET("/open", app.Auth.Require(ginauth.OnDown(ginauth.Allow)), func(c *gin.Context) { c.Status(200) })
			tokens := app.Login("user1")
			if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
				t.Fatal(err)
			}
			end()
			wantRefusal(t, authtest.Serve(t, engine, "GET", "/open", authtest.Bearer(tokens.AccessToken)), 503, "unavailable")
			if n := len(app.Events.Of(ginauth.EventServedUnchecked)); n != 0 {
				t.Errorf("%d requests were served unchecked", n)
			}
		})
	}
}
