package ginauth_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// stores creates an empty store of each kind on a given clock. Where servers can be started,
// Redis is among the kinds.
var stores = map[string]func(*testing.T, *authtest.Clock) session.Store{
	"memory": func(_ *testing.T, clock *authtest.Clock) session.Store {
		return memstore.NewWith(memstore.Options{Now: clock.Now})
	},
}

var encodings = map[string]authtest.Encoding{"JSON": authtest.JSON, "form": authtest.Form}

// onEveryStore runs a test on each kind of store.
func onEveryStore(t *testing.T, test func(t *testing.T, clock *authtest.Clock, store session.Store)) {
	for name, newStore := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := authtest.NewClock()
			test(t, clock, newStore(t, clock))
		})
	}
}

// wantSuccess fails the test unless the reply is 200 with exactly these members, and is marked
// as not cacheable if it contains tokens.
func wantSuccess(t *testing.T, reply authtest.Reply, members ...string) {
	t.Helper()
	wantStatus(t, reply, http.StatusOK)
	if got := strings.Join(reply.Names(), " "); got != strings.Join(members, " ") {
		t.Errorf("members %s, want %v", got, members)
	}
	if got := reply.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if got := reply.Header.Get("WWW-Authenticate"); got != "" {
		t.Errorf("a challenge with 200: %s", got)
	}
}

var tokenMembers = []string{"access_token", "expires_in", "refresh_expires_in", "refresh_token", "session_id", "token_type"}

func wantTokens(t *testing.T, reply authtest.Reply) {
	t.Helper()
	wantSuccess(t, reply, tokenMembers...)
	tokens := reply.Tokens(t)
	if tokens.TokenType != "Bearer" || tokens.ExpiresIn != 900 || tokens.RefreshExpiresIn != 7*24*3600 {
		t.Errorf("type %q, %d s, refresh %d s", tokens.TokenType, tokens.ExpiresIn, tokens.RefreshExpiresIn)
	}
	if reply.Header.Get("Cache-Control") != "no-store" || reply.Header.Get("Pragma") != "no-cache" {
		t.Errorf("may be cached: %v", reply.Header)
	}
}

func TestJourney(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		for name, encode := range encodings {
			t.Run(name, func(t *testing.T) { journey(t, authtest.On(t, clock, store), encode) })
		}
	})
}

// journey is login, use, refresh, retry, use, reuse that ends the session, login, logout.
func journey(t *testing.T, app *authtest.App, encode authtest.Encoding) {
	post := func(path string, fields map[string]string, more ...authtest.RequestOption) authtest.Reply {
		t.Helper()
		return app.Do(http.MethodPost, path, append(more, encode(fields))...)
	}
	refresh := func(token string) authtest.Reply {
		t.Helper()
		return post("/refresh", map[string]string{"refresh_token": token, "grant_type": "refresh_token", "unknown": "x"})
	}
	credentials := map[string]string{"username": "user1", "password": "password123"}

	login := post("/login", credentials)
	wantTokens(t, login)
	first := login.Tokens(t)
	checkClaims(t, app, first.AccessToken, first.SessionID, 1)
	use := app.Get("/protected", first.AccessToken)
	wantSuccess(t, use, "identity", "message")
	if use.Members()["identity"] != "user1" {
		t.Errorf("identity %v", use.Members()["identity"])
	}

	app.Clock.Add(time.Minute)
	advanced := refresh(first.RefreshToken)
	wantTokens(t, advanced)
	second := advanced.Tokens(t)
	checkClaims(t, app, second.AccessToken, first.SessionID, 2)
	if second.RefreshToken == first.RefreshToken || second.SessionID != first.SessionID {
		t.Error("the refresh token did not change, or the session did")
	}

	retried := refresh(first.RefreshToken) // the reply was lost, the client asks again
	wantTokens(t, retried)
	if again := retried.Tokens(t); again.RefreshToken != second.RefreshToken || again.AccessToken == second.AccessToken {
		t.Error("a retry gets the same refresh token and another access token")
	}
	wantStatus(t, app.Get("/protected", first.AccessToken), http.StatusOK) // a refresh revokes no access token
	wantStatus(t, app.Get("/protected", second.AccessToken), http.StatusOK)

	third := refresh(second.RefreshToken)
	wantTokens(t, third)
	wantRefusal(t, refresh(first.RefreshToken), http.StatusBadRequest, "invalid_grant") // theft: n = g-2
	for _, dead := range []string{second.RefreshToken, third.Tokens(t).RefreshToken} {
		wantRefusal(t, refresh(dead), http.StatusBadRequest, "invalid_grant")
	}
	wantRefusal(t, app.Get("/protected", third.Tokens(t).AccessToken), http.StatusUnauthorized, "token_revoked")

	login = post("/login", credentials)
	wantTokens(t, login)
	last := login.Tokens(t)
	logsOut(t, app, encode, last)
	wantRefusal(t, refresh(last.RefreshToken), http.StatusBadRequest, "invalid_grant")
	wantEvents(t, app, "login refresh refresh_retry refused", "refresh_reuse refresh_refused logout")
}

// logsOut ends a session twice: logging out again is no error.
func logsOut(t *testing.T, app *authtest.App, encode authtest.Encoding, tokens ginauth.Tokens) {
	t.Helper()
	for range 2 {
		logout := app.Do(http.MethodPost, "/logout", encode(map[string]string{"refresh_token": tokens.RefreshToken}), authtest.Bearer(tokens.AccessToken))
		wantSuccess(t, logout, "code")
		if logout.Members()["code"] != 200.0 {
			t.Errorf("%s", logout)
		}
	}
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
}

// checkClaims compares an access token of user1 with the contract's list of claims.
func checkClaims(t *testing.T, app *authtest.App, access, sid string, gen float64) {
	t.Helper()
	now := app.Clock.Now()
	claims := authtest.Claims(t, access)
	jti, _ := claims["jti"].(string)
	if _, err := session.ParseTokenID(jti); err != nil {
		t.Errorf("jti %q: %v", jti, err)
	}
	delete(claims, "jti")
	authTime, _ := claims["auth_time"].(float64)
	if age := now.Unix() - int64(authTime); age < 0 || age > 60 {
		t.Errorf("auth_time %v", claims["auth_time"])
	}
	delete(claims, "auth_time")
	want := map[string]any{
		"sub": "user1", "identity": "user1", "role": "user", "iss": authtest.Issuer, "aud": authtest.Audience,
		"iat": float64(now.Unix()), "nbf": float64(now.Unix()), "exp": float64(now.Unix() + 900),
		"sid": sid, "gen": gen, "token_use": "access",
	}
	if !maps.Equal(map[string]any(claims), want) {
		t.Errorf("claims\n%v, want\n%v", claims, want)
	}
}

// wantEvents fails the test unless each of these kinds of events was emitted.
func wantEvents(t *testing.T, app *authtest.App, kinds ...string) {
	t.Helper()
	got := strings.Join(app.Events.Kinds(), " ")
	for _, kind := range strings.Fields(strings.Join(kinds, " ")) {
		if !strings.Contains(" "+got+" ", " "+kind+" ") {
			t.Errorf("no event %s among %s", kind, got)
		}
	}
}

func TestJourneyOfManyDevices(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store)
		phone := app.Login("user1", authtest.Header("User-Agent", "phone"))
		clock.Add(time.Second)
		laptop := app.Login("user1", authtest.Header("User-Agent", "laptop"))
		clock.Add(time.Second)
		tablet := app.Login("user1", authtest.Header("User-Agent", "tablet"))
		other := app.Login("user2")

		list := app.Get("/protected/sessions", laptop.AccessToken)
		wantSuccess(t, list, "sessions")
		checkSessions(t, list, laptop.SessionID, "tablet", "laptop", "phone")

		wantRevoked(t, app.Do("DELETE", "/protected/sessions/"+phone.SessionID, authtest.Bearer(laptop.AccessToken)), 1)
		wantRefusal(t, app.Get("/protected", phone.AccessToken), http.StatusUnauthorized, "token_revoked")
		for _, id := range []string{phone.SessionID, other.SessionID, "nonsense", strings.Repeat("A", 22)} {
			wantRefusal(t, app.Do("DELETE", "/protected/sessions/"+id, authtest.Bearer(laptop.AccessToken)), http.StatusNotFound, "not_found")
		}
		wantRevoked(t, app.Do("POST", "/logout/others", authtest.Bearer(laptop.AccessToken)), 1)
		wantRefusal(t, app.Get("/protected", tablet.AccessToken), http.StatusUnauthorized, "token_revoked")
		wantStatus(t, app.Get("/protected", laptop.AccessToken), http.StatusOK)
		wantRevoked(t, app.Do("POST", "/logout/all", authtest.Bearer(laptop.AccessToken)), 1)
		wantRefusal(t, app.Do("POST", "/logout/all", authtest.Bearer(laptop.AccessToken)), http.StatusUnauthorized, "token_revoked")
		wantStatus(t, app.Get("/protected", other.AccessToken), http.StatusOK)
		wantStatus(t, app.Get("/protected", app.Login("user1").AccessToken), http.StatusOK) // the same millisecond
	})
}

func wantRevoked(t *testing.T, reply authtest.Reply, n float64) {
	t.Helper()
	wantSuccess(t, reply, "code", "revoked")
	if members := reply.Members(); members["code"] != 200.0 || members["revoked"] != n {
		t.Errorf("%s, want %v revoked", reply, n)
	}
}

// checkSessions compares a session list with a list of user agents, in order.
func checkSessions(t *testing.T, reply authtest.Reply, current string, agents ...string) {
	t.Helper()
	list, _ := reply.Members()["sessions"].([]any)
	if len(list) != len(agents) {
		t.Fatalf("%d sessions: %s", len(list), reply)
	}
	for i, item := range list {
		s, _ := item.(map[string]any)
		if s["user_agent"] != agents[i] || s["current"] != (s["id"] == current) || s["ip"] == nil || len(s) != 7 {
			t.Errorf("session %d: %v", i, s)
		}
		created, _ := s["created_at"].(float64)
		if s["last_used_at"] != created || s["expires_at"] != created+7*24*3600 {
			t.Errorf("session %d: times %v", i, s)
		}
	}
}
