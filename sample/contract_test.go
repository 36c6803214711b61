package main_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// onEachStore runs a test against a fresh node on each kind of store.
func onEachStore(t *testing.T, test func(t *testing.T, n *node)) {
	t.Helper()
	onEachStoreWith(t, nil, test)
}

func onEachStoreWith(t *testing.T, env []string, test func(t *testing.T, n *node)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, env...))
	})
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, append([]string{anyRedis(t).url()}, env...)...))
	})
}

// names returns the sorted names of a JSON object's members.
func names(object map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(object)), " ")
}

func TestLoginAndRefreshReplies(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		for _, form := range []bool{false, true} {
			login := loginRequest("user1", demo["user1"])
			login.Form = form
			first := n.ok(t, login)
			checkTokenReply(t, first)
			refresh := refreshRequest(first.text("refresh_token"))
			if refresh.Form = form; form {
				refresh.Fields["grant_type"] = "refresh_token"
			}
			second := n.ok(t, refresh)
			checkTokenReply(t, second)
			if second.text("session_id") != first.text("session_id") {
				t.Error("a refresh began another session")
			}
			if second.text("refresh_token") == first.text("refresh_token") {
				t.Error("the refresh token was not rotated")
			}
			// The reply was lost and the client retries: the same refresh token is returned.
			if again := n.ok(t, refresh); again.text("refresh_token") != second.text("refresh_token") {
				t.Error("a retry was given another refresh token")
			}
			n.alive(t, first.text("access_token"))
			n.alive(t, second.text("access_token"))
		}
	})
}

func checkTokenReply(t *testing.T, r reply) {
	t.Helper()
	if got := names(r.body); got != "access_token expires_in refresh_expires_in refresh_token session_id token_type" {
		t.Errorf("members of the token reply: %s", got)
	}
	if r.text("token_type") != "Bearer" || r.number("expires_in") != 900 || r.number("refresh_expires_in") != 604800 {
		t.Errorf("token reply: %v %v %v", r.body["token_type"], r.body["expires_in"], r.body["refresh_expires_in"])
	}
	if !strings.HasPrefix(r.text("refresh_token"), "rt1_") {
		t.Error("the refresh token has no rt1_ in front")
	}
	if r.header.Get("Cache-Control") != "no-store" || r.header.Get("Pragma") != "no-cache" {
		t.Error("the token reply may be cached")
	}
}

func TestReuseOfARotatedRefreshTokenEndsTheSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		first := n.login(t, "user1")
		second := tokensOf(n.ok(t, refreshRequest(first.refresh)))
		third := tokensOf(n.ok(t, refreshRequest(second.refresh)))
		n.deadRefresh(t, first.refresh)
		n.deadRefresh(t, third.refresh)
		n.dead(t, third.access)
	})
}

func TestSixtyFourRefreshesAtOnceGiveOneToken(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		first := n.login(t, "user1")
		seen := make(chan string, 64)
		for range cap(seen) {
			go func() {
				got, err := n.try(t, refreshRequest(first.refresh))
				if err != nil || got.status != http.StatusOK {
					t.Errorf("%d %s %v", got.status, got.text("error"), err)
				}
				seen <- got.text("refresh_token")
			}()
		}
		one := <-seen
		for range cap(seen) - 1 {
			if other := <-seen; other != one {
				t.Error("two different refresh tokens")
			}
		}
		n.ok(t, refreshRequest(one))
	})
}

func TestHelloGreetsUsersAndStrangers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		user := n.login(t, "user1")
		for _, c := range []struct{ token, want string }{{user.access, "Hello, user1"}, {"", "Hello, stranger"}} {
			if got := n.ok(t, get("/hello", c.token)); got.text("message") != c.want {
				t.Errorf("%s, want %s", got.raw, c.want)
			}
		}
		foreign := request{Method: "GET", Path: "/hello", Header: map[string]string{"Authorization": "Basic dXNlcjE6eA=="}}
		if got := n.ok(t, foreign); got.text("message") != "Hello, stranger" {
			t.Errorf("a foreign scheme: %s", got.raw)
		}
		n.ok(t, post("/logout", user.access))
		n.refused(t, get("/hello", user.access), http.StatusUnauthorized, "token_revoked")
		n.refused(t, get("/hello", "junk"), http.StatusUnauthorized, "token_invalid")
	})
}

func TestProtectedAndMe(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		before := time.Now().Unix()
		user := n.login(t, "user1")
		got := n.ok(t, get("/protected", user.access))
		if got.text("message") != "This is a protected route." || got.text("identity") != "user1" || len(got.body) != 2 {
			t.Errorf("/protected: %s", got.raw)
		}
		me := n.ok(t, get("/protected/me", user.access))
		if names(me.body) != "auth_time claims expires_at identity issued_at session_id token_id" {
			t.Errorf("/protected/me: %s", me.raw)
		}
		if me.text("identity") != "user1" || me.text("session_id") != user.session || len(me.text("token_id")) != 22 {
			t.Errorf("/protected/me: %s", me.raw)
		}
		if issued := int64(me.number("issued_at")); issued < before-1 || int64(me.number("expires_at")) != issued+900 {
			t.Errorf("times of /protected/me: %s", me.raw)
		}
		login := me.number("auth_time")
		later := tokensOf(n.ok(t, refreshRequest(user.refresh)))
		if n.ok(t, get("/protected/me", later.access)).number("auth_time") != login {
			t.Error("a refresh renewed auth_time")
		}
	})
}

func TestSessionsListAndDelete(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		older, newer, foreign := n.login(t, "user1"), n.login(t, "user1"), n.login(t, "user2")
		list, _ := n.ok(t, get("/protected/sessions", newer.access)).body["sessions"].([]any)
		if len(list) != 2 {
			t.Fatalf("%d sessions, want 2", len(list))
		}
		for i, want := range []struct {
			id      string
			current bool
		}{{newer.session, true}, {older.session, false}} {
			s, _ := list[i].(map[string]any)
			if names(s) != "created_at current expires_at id ip last_used_at user_agent" || s["id"] != want.id || s["current"] != want.current {
				t.Errorf("session %d: %v, want %v", i, s, want)
			}
		}
		remove := func(id string) request {
			return request{Method: "DELETE", Path: "/protected/sessions/" + id, Token: newer.access}
		}
		if got := n.ok(t, remove(older.session)); got.number("code") != 200 || got.number("revoked") != 1 {
			t.Errorf("delete: %s", got.raw)
		}
		n.dead(t, older.access)
		n.deadRefresh(t, older.refresh)
		for _, id := range []string{older.session, foreign.session, "AAAAAAAAAAAAAAAAAAAAAA", "junk"} {
			n.refused(t, remove(id), http.StatusNotFound, "not_found")
		}
		n.alive(t, foreign.access)
	})
}

func TestLogoutEndsTheWholeSession(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		for _, how := range []string{"access token", "refresh token, JSON", "refresh token, form"} {
			user := n.login(t, "user1")
			logout := request{Method: "POST", Path: "/logout", Fields: map[string]any{"refresh_token": user.refresh}}
			switch how {
			case "access token":
				logout = post("/logout", user.access)
			case "refresh token, form":
				logout.Form = true
			}
			for range 2 { // logging out twice is 200 too
				if got := n.ok(t, logout); got.number("code") != 200 || len(got.body) != 1 {
					t.Errorf("%s: %s", how, got.raw)
				}
			}
			n.dead(t, user.access)
			n.deadRefresh(t, user.refresh)
		}
	})
}

func TestLogoutAllAndOthers(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		a, b, c := n.login(t, "user1"), n.login(t, "user1"), n.login(t, "user1")
		foreign := n.login(t, "user2")
		if got := n.ok(t, post("/logout/others", c.access)); got.number("revoked") != 2 {
			t.Errorf("others: %s", got.raw)
		}
		n.dead(t, a.access)
		n.deadRefresh(t, b.refresh)
		n.alive(t, c.access)
		d := n.login(t, "user1")
		if got := n.ok(t, post("/logout/all", d.access)); got.number("revoked") != 2 || got.number("code") != 200 {
			t.Errorf("all: %s", got.raw)
		}
		n.dead(t, c.access)
		n.dead(t, d.access)
		n.alive(t, foreign.access)
		n.alive(t, n.login(t, "user1").access)
	})
}

func TestChangeOfPassword(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		own, other := n.login(t, "user2"), n.login(t, "user2")
		change := func(old, replacement string) request {
			return request{Method: "POST", Path: "/protected/password", Token: own.access,
				Fields: map[string]any{"old_password": old, "new_password": replacement}}
		}
		const next = "a new password 22"
		n.refused(t, change("wrong", next), http.StatusForbidden, "forbidden")
		n.refused(t, change(demo["user2"], "11 letters!"), http.StatusBadRequest, "invalid_request")
		n.refused(t, change("", next), http.StatusBadRequest, "invalid_request")
		n.alive(t, other.access)
		got := n.ok(t, change(demo["user2"], next))
		checkTokenReply(t, got)
		for _, ended := range []tokens{own, other} {
			n.dead(t, ended.access)
			n.deadRefresh(t, ended.refresh)
		}
		own = tokensOf(got)
		n.alive(t, own.access)
		n.ok(t, refreshRequest(own.refresh))
		n.refused(t, loginRequest("user2", demo["user2"]), http.StatusUnauthorized, "invalid_credentials")
		n.ok(t, loginRequest("user2", next))
		n.refused(t, change(demo["user2"], next), http.StatusForbidden, "forbidden")
	})
}

func TestHeadOptionsAndHealth(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		healed(t, n) // a node that has just started reads the revocation log first
		user := n.login(t, "user1")
		for path, token := range map[string]string{
			"/hello": "", "/healthz": "", "/readyz": "", "/.well-known/jwks.json": "",
			"/protected": user.access, "/protected/me": user.access, "/protected/sessions": user.access,
		} {
			n.ok(t, get(path, token))
			if got := n.ok(t, request{Method: "HEAD", Path: path, Token: token}); got.raw != "" {
				t.Errorf("HEAD %s has a body", path)
			}
			got := n.do(t, request{Method: "OPTIONS", Path: path})
			if got.status != http.StatusNoContent || !strings.Contains(got.header.Get("Allow"), "HEAD") {
				t.Errorf("OPTIONS %s: %d, Allow %q", path, got.status, got.header.Get("Allow"))
			}
		}
		if got := n.do(t, request{Method: "HEAD", Path: "/protected"}); got.status != http.StatusUnauthorized {
			t.Errorf("HEAD without a token: %d", got.status)
		}
		if got := n.ok(t, get("/readyz", "")); got.text("status") != "ready" {
			t.Errorf("/readyz: %s", got.raw)
		}
		if got := n.ok(t, get("/.well-known/jwks.json", "")); got.raw != `{"keys":[]}` {
			t.Errorf("the key set of a secret: %s", got.raw)
		}
	})
}
