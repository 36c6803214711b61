package main_test

import (
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v4"
)

func TestOldestSessionEndsAtTheLimit(t *testing.T) {
	t.Parallel()
	n := start(t, "MAX_SESSIONS=2")
	first, second, third := n.login(t, "user1"), n.login(t, "user1"), n.login(t, "user1")
	n.dead(t, first.access)
	n.alive(t, second.access)
	n.alive(t, third.access)
}

func TestNoGraceMakesRefreshTokensSingleUse(t *testing.T) {
	t.Parallel()
	n := start(t, "REFRESH_GRACE=0s")
	first := n.login(t, "user1")
	second := tokensOf(n.ok(t, refreshRequest(first.refresh)))
	n.deadRefresh(t, first.refresh)
	n.deadRefresh(t, second.refresh)
	n.dead(t, second.access)
}

func TestDurationsIssuerAndAudienceReachTheToken(t *testing.T) {
	t.Parallel()
	n := start(t, "ACCESS_TTL=2m", "SESSION_IDLE_TTL=1h", "SESSION_MAX_TTL=30m", "JWT_ISSUER=me", "JWT_AUDIENCE=you")
	got := n.ok(t, loginRequest("user1", demo["user1"]))
	if got.number("expires_in") != 120 || got.number("refresh_expires_in") != 1800 { // the maximum lifetime ends a session before the idle one does
		t.Errorf("%v %v", got.body["expires_in"], got.body["refresh_expires_in"])
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(got.text("access_token"), claims); err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != "me" || !claims.VerifyAudience("you", true) {
		t.Errorf("iss %v, aud %v", claims["iss"], claims["aud"])
	}
}

func TestAddressOfAClientIsTakenFromTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	for proxies, want := range map[string]string{"": "127.0.0.1", "10.0.0.0/8": "127.0.0.1", "10.0.0.0/8, 127.0.0.1": "203.0.113.9"} {
		n := start(t, "TRUSTED_PROXIES="+proxies)
		login := loginRequest("user1", demo["user1"])
		login.Header = map[string]string{"X-Forwarded-For": "203.0.113.9"}
		user := tokensOf(n.ok(t, login))
		list, _ := n.ok(t, get("/protected/sessions", user.access)).body["sessions"].([]any)
		if len(list) != 1 || list[0].(map[string]any)["ip"] != want {
			t.Errorf("TRUSTED_PROXIES=%q: %v, want %s", proxies, list, want)
		}
	}
}

func TestLoginThatPresentsASessionEndsIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		old := n.login(t, "user1")
		login := loginRequest("user1", demo["user1"])
		login.Token = old.access
		n.ok(t, login)
		n.dead(t, old.access)
		n.deadRefresh(t, old.refresh)
		n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	})
}
