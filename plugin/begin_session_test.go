package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// begun fails the test unless BeginSession begins a session.
func begun(t *testing.T, app *authtest.App, name string, options ...ginauth.LoginOption) ginauth.Tokens {
	t.Helper()
	tokens, err := app.Auth.BeginSession(t.Context(), authtest.UserNamed(name), options...)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// sessionOf returns the only session of a user.
func sessionOf(t *testing.T, app *authtest.App, name string) session.Session {
	t.Helper()
	list, err := app.Auth.Sessions(t.Context(), name)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	return list[0]
}

func TestASessionBeginsWithoutARequest(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.DeviceName = ginauth.DeviceFromUserAgent })
		tokens := begun(t, app, "admin", ginauth.FromClient("198.51.100.7:4711", "robot/1"), ginauth.OnDevice("nightly job"))
		s := sessionOf(t, app, "admin")
		if s.ID.String() != tokens.SessionID || s.IP != "198.51.100.7" || s.UserAgent != "robot/1" || s.Device != "nightly job" {
			t.Errorf("session %+v", s)
		}
		logins := app.Events.Of(ginauth.EventLogin)
		if len(logins) != 1 || logins[0].Subject != "admin" || logins[0].IP != "198.51.100.7" || logins[0].Session != s.ID {
			t.Errorf("events %+v", logins)
		}
		wantStatus(t, app.Get("/protected/admin", tokens.AccessToken), http.StatusOK)
		renewed := app.Refreshed(tokens.RefreshToken)
		wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(renewed.AccessToken)), http.StatusOK)

		begun(t, app, "user1") // and of nothing is known
		if s := sessionOf(t, app, "user1"); s.IP+s.UserAgent+s.Device != "" {
			t.Errorf("session %+v", s)
		}
	})
}

// The context of a request, or of an event, is not the client's word on itself.
func TestTheAddressOfABegunSessionIsThatOfFromClientAlone(t *testing.T) {
	var app *authtest.App
	app = authtest.New(t, func(c *ginauth.Config) {
		record := c.OnEvent
		c.OnEvent = func(ctx context.Context, e ginauth.Event) {
			record(ctx, e)
			if e.Kind == ginauth.EventLogin && e.Subject == "user2" {
				if _, err := app.Auth.BeginSession(ctx, authtest.UserNamed("user1")); err != nil {
					t.Error(err)
				}
			}
		}
	})
	app.Login("user2")
	logins := app.Events.Of(ginauth.EventLogin)
	if len(logins) != 2 || logins[0].IP == "" || logins[1].IP != "" || sessionOf(t, app, "user1").IP != "" {
		t.Errorf("events %+v", logins)
	}
}

// Texts of a client reach logs and pages; they are cut and cleaned like any other.
func TestWhatAClientSaysOfItselfIsTidied(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		hostile := "a\nb\x00\x1b[31m\xff\u202e" + strings.Repeat("ü", 500)
		begun(t, app, "user1", ginauth.FromClient(hostile, hostile), ginauth.OnDevice(hostile))
		s := sessionOf(t, app, "user1")
		for _, field := range []struct {
			text string
			most int
		}{{s.IP, session.MaxIP}, {s.UserAgent, session.MaxUserAgent}, {s.Device, session.MaxDevice}} {
			if !strings.HasPrefix(field.text, "a_b__[31m__ü") || len(field.text) > field.most || len(field.text) < field.most-1 || !utf8.ValidString(field.text) {
				t.Errorf("%q of %d bytes, most %d", field.text, len(field.text), field.most)
			}
		}
		if e := app.Events.Of(ginauth.EventLogin)[0]; e.IP != s.IP {
			t.Errorf("the event says %q", e.IP)
		}
	})
}

func TestALoginFromGoIsOvertakenByARevocation(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		began := store.Now()
		clock.Add(time.Millisecond)
		begun(t, app, "user1", ginauth.Began(began)) // nothing has overtaken it yet
		if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
			t.Fatal(err)
		}
		app.Events.Kinds() // forgets them
		_, err := app.Auth.BeginSession(t.Context(), authtest.UserNamed("user1"), ginauth.Began(began))
		if !errors.Is(err, ginauth.ErrUnavailable) || !errors.Is(err, session.ErrOvertaken) {
			t.Errorf("got %v", err)
		}
		path := enterWith(app, authtest.UserNamed("user1"), ginauth.Began(began))
		wantRefusal(t, app.Do(http.MethodPost, path), http.StatusServiceUnavailable, "unavailable")
		failed := app.Events.Of(ginauth.EventLoginFailed)
		if len(failed) != 2 || failed[0].Reason != "overtaken" || failed[1].Reason != "overtaken" {
			t.Errorf("events %+v", failed)
		}
		if list, err := app.Auth.Sessions(t.Context(), "user1"); err != nil || len(list) != 0 {
			t.Errorf("%d sessions, %v", len(list), err)
		}
		begun(t, app, "user1") // without Began, the call comes after
	})
}

// A moment from a fast clock, or none at all, is the call: it neither outruns a revocation that
// the call comes before, nor is it overtaken by one that came first.
func TestAZeroOrFutureBeganIsTheCall(t *testing.T) {
	for name, moment := range map[string]func(*authtest.Clock) time.Time{
		"zero":      func(*authtest.Clock) time.Time { return time.Time{} },
		"an hour":   func(c *authtest.Clock) time.Time { return c.Now().Add(time.Hour) },
		"millennia": func(*authtest.Clock) time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		t.Run(name, func(t *testing.T) {
			clock := authtest.NewClock()
			store := &creates{Store: authtest.New(t).Store}
			app := authtest.On(t, clock, store)
			begun(t, app, "user1", ginauth.Began(moment(clock)))
			if now := store.Now(); store.last.Began.IsZero() || store.last.Began.After(now) {
				t.Errorf("began %v, and it is %v", store.last.Began, now)
			}
			early := store.Now().Add(-time.Minute)
			begun(t, app, "user1", ginauth.Began(early), ginauth.Began(moment(clock)))
			if !store.last.Began.Equal(early) {
				t.Errorf("began %v, want the earlier %v", store.last.Began, early)
			}
		})
	}
}

// creates remembers the last Create.
type creates struct {
	session.Store
	last session.Create
}

func (s *creates) Create(ctx context.Context, c session.Create) (session.Created, error) {
	s.last = c
	return s.Store.Create(ctx, c)
}
