package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// door is an Authenticator that has read the password and waits before it says so.
type door struct{ reached, open chan struct{} }

func newDoor() *door { return &door{make(chan struct{}), make(chan struct{})} }

func (d *door) use(c *ginauth.Config) {
	c.JWT.Authenticator = func(c *gin.Context) (any, error) {
		user, err := authtest.Authenticate(c)
		if c.GetHeader("Slow") != "" {
			d.reached <- struct{}{}
			<-d.open
		}
		return user, err
	}
}

// login returns the reply of a login of user1 during which f runs.
func (d *door) login(app *authtest.App, f func()) authtest.Reply {
	reply := make(chan authtest.Reply)
	go func() {
		reply <- app.Do(http.MethodPost, "/login", credentials("user1", authtest.Passwords["user1"]), authtest.Header("Slow", "1"))
	}()
	<-d.reached
	f()
	d.open <- struct{}{}
	return <-reply
}

func TestALoginThatBeganBeforeARevocationBeginsNoSession(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		d := newDoor()
		app := authtest.On(t, clock, store, d.use)
		for name, revoke := range map[string]func() error{
			"subject":  func() error { _, err := app.Auth.RevokeSubject(t.Context(), "user1"); return err },
			"everyone": func() error { _, err := app.Auth.RevokeAll(t.Context()); return err },
			"others": func() error {
				id := mustID(t, app.Login("user1").SessionID)
				clock.Add(time.Millisecond)
				_, err := app.Auth.RevokeOtherSessions(t.Context(), "user1", id)
				return err
			},
		} {
			app.Events.Kinds() // forgets them
			reply := d.login(app, func() {
				clock.Add(time.Millisecond)
				if err := revoke(); err != nil {
					t.Fatal(err)
				}
			})
			wantRefusal(t, reply, http.StatusServiceUnavailable, "unavailable")
			if wait := reply.Header.Get("Retry-After"); wait != "1" {
				t.Errorf("%s: Retry-After %q", name, wait)
			}
			if failed := app.Events.Of(ginauth.EventLoginFailed); len(failed) != 1 || failed[0].Reason != "overtaken" {
				t.Errorf("%s: events %+v", name, failed)
			}
			if down := app.Events.Of(ginauth.EventStoreDown); len(down) != 0 {
				t.Errorf("%s: the store is said to be down: %+v", name, down)
			}
			if list, err := app.Auth.Sessions(t.Context(), "user1"); err != nil || len(list) > 1 || name != "others" && len(list) > 0 {
				t.Errorf("%s: %d sessions, %v", name, len(list), err)
			}
			app.Login("user1") // at once
		}
	})
}

// What ends other sessions, or one's own, leaves a login alone.
func TestALoginIsNotOvertakenByWhatDoesNotConcernIt(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		d := newDoor()
		app := authtest.On(t, clock, store, d.use)
		tokens := app.Login("user1")
		if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil { // before
			t.Fatal(err)
		}
		wantTokens(t, d.login(app, func() {
			clock.Add(time.Millisecond)
			_, subjectErr := app.Auth.RevokeSubject(t.Context(), "user2")
			_, sessionErr := app.Auth.RevokeSession(t.Context(), mustID(t, tokens.SessionID))
			if subjectErr != nil || sessionErr != nil {
				t.Error(subjectErr, sessionErr)
			}
		}))
	})
}

// The clock stands still: a login that begins after the reply, in the same moment, is served.
func TestALoginAfterARevocationIsServedInTheSameMoment(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		for range 5 {
			app.Login("user1")
			tokens := app.Login("user1")
			if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
		}
	})
}
