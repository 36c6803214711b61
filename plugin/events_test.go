package ginauth_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestEachThingThatHappensIsOneEvent(t *testing.T) {
	app, store := newFaultyApp(t)
	app.Engine.GET("/lenient", app.Auth.Require(ginauth.OnDown(ginauth.Allow)))
	var tokens, next ginauth.Tokens
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"login", func() { tokens = app.Login("user1") }, "login"},
		{"failed login", func() {
			app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "x"}))
		}, "login_failed"},
		{"use", func() { app.Get("/protected", tokens.AccessToken) }, ""},
		{"refresh", func() { next = app.Refreshed(tokens.RefreshToken) }, "refresh"},
		{"retry", func() { app.Refreshed(tokens.RefreshToken) }, "refresh_retry"},
		{"refused token", func() { app.Get("/protected", "x") }, "refused"},
		{"no token", func() { app.Get("/protected", "") }, "refused"},
		{"junk refresh", func() { app.Refresh("rt1_x") }, "refresh_refused"},
		{"login over a session", func() { app.Login("user2", authtest.Bearer(next.AccessToken)) }, "revoked login"},
		{"refresh of a dead one", func() { app.Refresh(next.RefreshToken) }, "refresh_refused"},
		{"login again", func() { tokens = app.Login("user1") }, "login"},
		{"logout", func() { app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken)) }, "logout"},
		{"revocation from Go", func() { _, _ = app.Auth.RevokeSubject(t.Context(), "user1") }, "revoked"},
		{"login once more", func() { tokens = app.Login("user1") }, "login"},
		{"outage", func() { store.Fail(errors.New("down")); app.Get("/protected", tokens.AccessToken) }, "store_down refused"},
		{"served unchecked", func() { app.Get("/lenient", tokens.AccessToken) }, "store_down served_unchecked"},
	} {
		step.do()
		if got := strings.Join(app.Events.Kinds(), " "); got != step.want {
			t.Errorf("%s: events %q, want %q", step.name, got, step.want)
		}
	}
}

func TestEventsSayWhoWhereAndWhen(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	app.Clock.Add(time.Minute)
	app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken))
	app.Get("/protected", tokens.AccessToken)
	_, err := app.Auth.RevokeSubject(t.Context(), "user2", ginauth.Because("stolen"), ginauth.By("admin"))
	if err != nil {
		t.Fatal(err)
	}
	id, now := mustID(t, tokens.SessionID), app.Clock.Now()
	want := []ginauth.Event{
		{Kind: ginauth.EventLogin, Time: now.Add(-time.Minute), Subject: "user1", Session: id, IP: "192.0.2.1"},
		{Kind: ginauth.EventLogout, Time: now, Subject: "user1", Session: id, IP: "192.0.2.1", Reason: "logout", Actor: "user1", Count: 1},
		{Kind: ginauth.EventRefused, Time: now, IP: "192.0.2.1", Reason: "token_revoked"},
		{Kind: ginauth.EventRevoked, Time: now, Subject: "user2", Reason: "stolen", Actor: "admin"},
	}
	got := app.Events.All()
	if len(got) != len(want) {
		t.Fatalf("%d events: %v", len(got), got)
	}
	if !errors.Is(got[2].Err, ginauth.ErrTokenRevoked) || !errors.Is(got[2].Err, session.ErrRevoked) {
		t.Errorf("cause %v", got[2].Err)
	}
	got[2].Err = nil
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d\n%+v, want\n%+v", i, got[i], want[i])
		}
	}
}

func TestEveryKindHasAWordOfItsOwn(t *testing.T) {
	words := map[string]bool{}
	for _, kind := range ginauth.EventKinds() {
		words[kind.String()] = true
	}
	if len(words) != len(ginauth.EventKinds()) || len(words) < 12 || words["unknown"] || words[""] {
		t.Errorf("words %v", words)
	}
	if ginauth.EventKind(0).String() != "unknown" || ginauth.EventKind(255).String() != "unknown" {
		t.Error("a kind that is none has a word")
	}
}

func TestLogLinesHaveALevel(t *testing.T) {
	app, store := newFaultyApp(t)
	tokens := app.Login("user1")
	app.Get("/protected", "x")
	app.Refreshed(app.Refreshed(tokens.RefreshToken).RefreshToken)
	app.Refresh(tokens.RefreshToken)
	store.Fail(errors.New("down"))
	app.Get("/protected", tokens.AccessToken)
	logs := app.Logs.String()
	for _, line := range []string{
		`level=INFO msg="ginauth: login" subject=user1 ip=192.0.2.1 session=` + tokens.SessionID,
		`level=DEBUG msg="ginauth: refused" ip=192.0.2.1 reason=token_invalid error=`,
		`level=WARN msg="ginauth: refresh_reuse" subject=user1`,
		`level=ERROR msg="ginauth: store_down" ip=192.0.2.1 error=down`,
	} {
		if !strings.Contains(logs, line) {
			t.Errorf("no line %s in\n%s", line, logs)
		}
	}
}

// If the event hook panics during a login, the login fails.
func TestAnEventHookThatPanicsGrantsNothing(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.OnEvent = func(context.Context, ginauth.Event) { panic("hook") }
		c.Logger = slog.New(slog.DiscardHandler)
	})
	for _, reply := range []authtest.Reply{
		app.Do("POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": "password123"})), app.Get("/protected", "x"), app.Refresh("x"),
	} {
		if reply.Status != 500 || len(reply.Body) != 0 {
			t.Errorf("%d %s", reply.Status, reply.Body)
		}
	}
}
