package ginauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// padded gives every user a claim of n bytes.
func padded(n *int) func(*ginauth.Config) {
	return func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["groups"] = strings.Repeat("g", *n)
			return claims
		}
	}
}

func withReload(c *ginauth.Config) {
	c.Reload = func(_ context.Context, s session.Session) (any, error) { return authtest.UserNamed(s.Subject), nil }
}

// A token that readers refuse, or a cookie that browsers drop without a word, would be a login that
// never works, so none is handed out.
func TestNothingIsHandedOutThatIsRefusedWhenItComesBack(t *testing.T) {
	for name, mode := range map[string]struct {
		change func(*ginauth.Config)
		cookie string
		most   int
	}{
		"header":  {func(*ginauth.Config) {}, "", ginauth.MaxToken},
		"reload":  {withReload, "", ginauth.MaxToken},
		"cookie":  {withCookies, accessCookie, 4096},
		"gin-jwt": {sendCookie, "jwt", 4096},
	} {
		t.Run(name, func(t *testing.T) {
			var n int
			app := authtest.New(t, mode.change, padded(&n))
			login := func() authtest.Reply { return app.Do(http.MethodPost, "/login", password("user1")) }
			most := sort.Search(mode.most, func(more int) bool { n = more; return login().Status != http.StatusOK }) - 1
			n = most
			reply := login()
			wantStatus(t, reply, http.StatusOK)
			token, length := reply.Tokens(t).AccessToken, 0
			if mode.cookie != "" {
				set := setCookie(t, reply, mode.cookie)
				token, length = set.Value, len(set.Raw)
			}
			length = max(length, len(token))
			if length > mode.most || length < mode.most-4 { // base64 writes three bytes as four
				t.Errorf("the longest has %d bytes, of %d", length, mode.most)
			}
			wantStatus(t, app.Get("/protected", token), http.StatusOK)
			if _, err := app.Auth.RevokeSubject(t.Context(), "user1"); err != nil {
				t.Fatal(err)
			}
			n = most + 1
			refused := login()
			wantRefusal(t, refused, http.StatusInternalServerError, "internal")
			if refused.Header["Set-Cookie"] != nil {
				t.Errorf("cookies: %v", refused.Header["Set-Cookie"])
			}
			sessions, err := app.Auth.Sessions(t.Context(), "user1")
			if len(sessions) != 0 || err != nil {
				t.Errorf("%d sessions are left behind, %v", len(sessions), err)
			}
			if logs := app.Logs.String(); !strings.Contains(logs, "shorten the claims") {
				t.Error("no log line says why")
			}
		})
	}
}

// A user whose claims grow keeps the session, and it works again when they shrink.
func TestClaimsThatGrowAtARefreshCostNoSession(t *testing.T) {
	for name, mode := range map[string]func(*ginauth.Config){
		"grace": func(*ginauth.Config) {}, "strict": func(c *ginauth.Config) { c.StrictRotation = true },
	} {
		t.Run(name, func(t *testing.T) {
			var n int
			app := authtest.New(t, withReload, padded(&n), mode)
			tokens := app.Login("user1")
			n = ginauth.MaxToken
			for range 3 {
				wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusInternalServerError, "internal")
			}
			refused := app.Events.Of(ginauth.EventRefreshRefused)
			if len(refused) != 3 || refused[0].Reason != "internal" || refused[0].Subject != "user1" || !strings.Contains(app.Logs.String(), "shorten the claims") {
				t.Errorf("events: %+v", refused)
			}
			n = 1
			wantStatus(t, app.Get("/protected", app.Refreshed(tokens.RefreshToken).AccessToken), http.StatusOK)
			n = ginauth.MaxToken
			wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.JSON(map[string]string{"refresh_token": tokens.RefreshToken})), http.StatusOK)
		})
	}
}

// A login that fails after its session began, for whatever reason, leaves none.
func TestALoginWithoutTokensLeavesNoSession(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.TimeoutFunc = func(any) time.Duration { return 0 } })
	wantRefusal(t, app.Do(http.MethodPost, "/login", password("user1")), http.StatusInternalServerError, "internal")
	if sessions, err := app.Auth.Sessions(t.Context(), "user1"); len(sessions) != 0 || err != nil {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
	if logins := app.Events.Of(ginauth.EventLogin); len(logins) != 0 {
		t.Errorf("logins are told: %+v", logins)
	}
}

// What a session keeps is bounded by what it could ever be used for.
func TestClaimsLongerThanAnyTokenAreNotStored(t *testing.T) {
	var n int
	clock := authtest.NewClock()
	store := authtest.NewFaulty(authtest.New(t).Store)
	app := authtest.On(t, clock, store, padded(&n))
	n = ginauth.MaxToken
	wantRefusal(t, app.Do(http.MethodPost, "/login", password("user1")), http.StatusInternalServerError, "internal")
	if calls := store.Calls(authtest.Create); calls != 0 {
		t.Errorf("%d sessions were stored", calls)
	}
}

// encoding/json writes these, and no strict reader takes them: the login would succeed, and its
// token be refused everywhere.
func TestClaimsThatNobodyCouldReadAreNotHandedOut(t *testing.T) {
	for name, claim := range map[string]any{
		"duplicate members": json.RawMessage(`{"a":1,"a":2}`), "a number too large": json.RawMessage(`1e400`),
		"half a surrogate pair": json.RawMessage(`"\ud800"`), "nested too deep": json.RawMessage(strings.Repeat("[", 40) + strings.Repeat("]", 40)),
	} {
		app := authtest.New(t, withReload, func(c *ginauth.Config) {
			c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
				claims := authtest.Payload(data)
				claims["own"] = claim
				return claims
			}
		})
		wantRefusal(t, app.Do(http.MethodPost, "/login", password("user1")), http.StatusInternalServerError, "internal")
		if sessions, err := app.Auth.Sessions(t.Context(), "user1"); len(sessions) != 0 || err != nil {
			t.Errorf("%s: %d sessions, %v", name, len(sessions), err)
		}
		if !strings.Contains(app.Logs.String(), "cannot be read back") {
			t.Errorf("%s: no log line says why", name)
		}
	}
}

// A hook that panics when the session has begun leaves a session of which nobody has a token.
func TestAHookThatPanicsLeavesNoSession(t *testing.T) {
	panics := false
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.TimeoutFunc = func(any) time.Duration {
			if panics {
				panic("nil map")
			}
			return time.Minute
		}
	})
	app.Login("user2")
	panics = true
	wantStatus(t, app.Do(http.MethodPost, "/login", password("user1")), http.StatusInternalServerError)
	if sessions, err := app.Auth.Sessions(t.Context(), "user1"); len(sessions) != 0 || err != nil {
		t.Errorf("%d sessions, %v", len(sessions), err)
	}
}
