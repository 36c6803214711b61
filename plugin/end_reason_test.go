package ginauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func wantWhy(t *testing.T, app *authtest.App, refresh string, want ginauth.EndReason) {
	t.Helper()
	if got, err := app.Auth.EndReason(t.Context(), refresh); err != nil || got != want {
		t.Errorf("told %q, %v, want %q", got, err, want)
	}
}

func sessionID(t *testing.T, tokens ginauth.Tokens) session.ID {
	t.Helper()
	id, err := session.ParseID(tokens.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTheHolderOfTheLastTokenLearnsWhy(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) { c.MaxSessions = 2 })
		for name, end := range map[ginauth.EndReason]func(tokens ginauth.Tokens) error{
			"logged_out logout": func(tokens ginauth.Tokens) error {
				wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
				return nil
			},
			"logged_out everywhere": func(tokens ginauth.Tokens) error {
				wantStatus(t, app.Do(http.MethodPost, "/logout/all", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
				return nil
			},
			"logged_out from another device": func(tokens ginauth.Tokens) error {
				other := app.Login("user1").AccessToken
				wantStatus(t, app.Do(http.MethodDelete, "/protected/sessions/"+tokens.SessionID, authtest.Bearer(other)), http.StatusOK)
				return nil
			},
			"logged_out by a login": func(tokens ginauth.Tokens) error {
				app.Login("user2", authtest.Bearer(tokens.AccessToken))
				return nil
			},
			"session_limit": func(ginauth.Tokens) error {
				for range 2 {
					clock.Add(time.Second)
					app.Login("user1")
				}
				return nil
			},
			"revoked by an admin": func(tokens ginauth.Tokens) error {
				_, err := app.Auth.RevokeSession(t.Context(), sessionID(t, tokens), ginauth.Because("abuse"))
				return err
			},
			"revoked with its user": func(ginauth.Tokens) error {
				_, err := app.Auth.RevokeSubject(t.Context(), "user1")
				return err
			},
		} {
			first := app.Login("user1")
			tokens := app.Refreshed(first.RefreshToken)
			wantWhy(t, app, tokens.RefreshToken, "")
			if err := end(tokens); err != nil {
				t.Fatal(err)
			}
			word, _, _ := strings.Cut(string(name), " ")
			wantWhy(t, app, tokens.RefreshToken, ginauth.EndReason(word))
			wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
			wantWhy(t, app, first.RefreshToken, ginauth.EndReason(word)) // its reply may have been lost
			clock.Add(time.Second)
		}
	})
}

// A thief learns nothing from an older token, not even that the reuse was detected.
func TestNobodyElseLearnsWhy(t *testing.T) {
	app := authtest.New(t)
	first := app.Login("user1")
	second := app.Refreshed(first.RefreshToken)
	third := app.Refreshed(second.RefreshToken)
	wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant") // reuse
	wantWhy(t, app, first.RefreshToken, "")
	wantWhy(t, app, second.RefreshToken, "")
	wantWhy(t, app, third.RefreshToken, ginauth.EndedByRevocation)
	stranger := authtest.New(t, func(c *ginauth.Config) { c.JWT.Key = []byte(strings.Repeat("s", 64)) })
	for _, junk := range []string{"", "x", "rt1_x", third.AccessToken, stranger.Login("user1").RefreshToken, third.RefreshToken + "A"} {
		wantWhy(t, app, junk, "")
	}
}

func TestWhatDiedOfAgeIsToldAsFarAsItIsKnown(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.SessionIdleTTL, c.SessionMaxTTL = 2*time.Hour, 3*time.Hour })
	tokens := app.Login("user1")
	app.Clock.Add(2 * time.Hour)
	wantWhy(t, app, tokens.RefreshToken, ginauth.EndedByExpiry)
	if reply := app.Refresh(tokens.RefreshToken); reply.Status != http.StatusUnauthorized { // the store forgets it
		t.Fatal(reply)
	}
	wantWhy(t, app, tokens.RefreshToken, ginauth.EndedUnknown)
	app.Clock.Add(time.Hour)
	wantWhy(t, app, tokens.RefreshToken, ginauth.EndedByExpiry)
}

func TestWhyRefusedOverHTTP(t *testing.T) {
	for name, mode := range map[string]func(*ginauth.Config){"bodies": func(*ginauth.Config) {}, "cookies": withCSRF} {
		t.Run(name, func(t *testing.T) {
			app, store := newFaultyApp(t, mode)
			app.Engine.POST("/why", app.Auth.EndReasonHandler)
			var carry []authtest.RequestOption
			var logout []authtest.RequestOption
			if name == "cookies" {
				b := loginInBrowser(t, app, "user1")
				wantRefusal(t, app.Do(http.MethodPost, "/why", b.cookies()), http.StatusForbidden, "cross_origin")
				carry = []authtest.RequestOption{b.cookies(), showing(b.csrf)}
				logout = carry
			} else {
				tokens := app.Login("user1")
				carry = []authtest.RequestOption{authtest.JSON(map[string]string{"refresh_token": tokens.RefreshToken})}
				logout = []authtest.RequestOption{authtest.Bearer(tokens.AccessToken)}
			}
			ask := func() authtest.Reply { return app.Do(http.MethodPost, "/why", carry...) }
			wantRefusal(t, ask(), http.StatusNotFound, "not_found") // alive
			wantStatus(t, app.Do(http.MethodPost, "/logout", logout...), http.StatusOK)
			reply := ask()
			wantStatus(t, reply, http.StatusOK)
			if got := strings.TrimSpace(string(reply.Body)); got != `{"code":200,"reason":"logged_out"}` || reply.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("reply: %s", got)
			}
			wantRefusal(t, app.Do(http.MethodPost, "/why"), http.StatusUnauthorized, "token_missing")
			wantRefusal(t, app.Do(http.MethodPost, "/why", authtest.JSON(map[string]string{"refresh_token": "rt1_x"})), http.StatusNotFound, "not_found")
			store.Fail(session.ErrUnavailable)
			wantRefusal(t, ask(), http.StatusServiceUnavailable, "unavailable")
		})
	}
}

// Callers' reasons and actors become one log line of bounded length.
func TestReasonsAndActorsAreTidied(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	evil := "a\nb\x00c\u202ed\xff" + strings.Repeat("é", 300)
	if _, err := app.Auth.RevokeSession(t.Context(), sessionID(t, tokens), ginauth.Because(evil), ginauth.By(evil)); err != nil {
		t.Fatal(err)
	}
	events := app.Events.Of(ginauth.EventRevoked)
	if len(events) != 1 {
		t.Fatal(events)
	}
	for _, text := range []string{events[0].Reason, events[0].Actor} {
		if !strings.HasPrefix(text, "a_b_c_d_é") || strings.ContainsAny(text, "\n\x00\u202e\ufffd") {
			t.Errorf("not tidied: %q", text)
		}
	}
	if r, a := len(events[0].Reason), len(events[0].Actor); r > session.MaxReason || r < session.MaxReason-1 || a > session.MaxSubject || a < session.MaxSubject-1 {
		t.Errorf("%d and %d bytes", r, a)
	}
}

// Events name the user as the actor of the user's own actions, and report the result of a
// reuse.
func TestEventsNameTheActorAndWhatCameOfAReuse(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	app.Do(http.MethodPost, "/logout/others", authtest.Bearer(tokens.AccessToken))
	app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken))
	for _, e := range append(app.Events.Of(ginauth.EventRevoked), app.Events.Of(ginauth.EventLogout)...) {
		if e.Actor != "user1" || e.Reason == "" {
			t.Errorf("%s: actor %q, reason %q", e.Kind, e.Actor, e.Reason)
		}
	}
	for shadow, want := range map[bool]string{false: "session_ended", true: "reported"} {
		app := authtest.New(t, func(c *ginauth.Config) { c.ReportReuse = shadow })
		first := app.Login("user1")
		second := app.Refreshed(app.Refreshed(first.RefreshToken).RefreshToken)
		wantRefusal(t, app.Refresh(first.RefreshToken), http.StatusUnauthorized, "invalid_grant")
		events := app.Events.Of(ginauth.EventRefreshReuse)
		if len(events) != 1 || events[0].Reason != want || events[0].Subject != "user1" {
			t.Errorf("shadow mode %v: %+v", shadow, events)
		}
		if alive := app.Refresh(second.RefreshToken).Status == http.StatusOK; alive != shadow {
			t.Errorf("shadow mode %v: the session lives: %v", shadow, alive)
		}
	}
}
