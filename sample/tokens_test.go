package main_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// forge changes a node's token and signs it again with the node's key.
func forge(t *testing.T, token string, change func(claims jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(token, claims)
	if err != nil {
		t.Fatal(err)
	}
	change(claims)
	forged := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	maps.Copy(forged.Header, parsed.Header)
	signed, err := forged.SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestForgedClaims(t *testing.T) {
	t.Parallel()
	onEachStoreWith(t, []string{strictCheck}, func(t *testing.T, n *node) {
		user := n.login(t, "user1")
		now := float64(time.Now().Unix())
		n.alive(t, forge(t, user.access, func(jwt.MapClaims) {}))
		for name, c := range map[string]struct {
			claim string
			value any
			word  string
		}{
			"expired":          {"exp", now - 1, "token_expired"},
			"no exp":           {"exp", nil, "token_invalid"},
			"exp is text":      {"exp", "soon", "token_invalid"},
			"issued ahead":     {"iat", now + 60, "token_invalid"},
			"not yet valid":    {"nbf", now + 60, "token_invalid"},
			"another issuer":   {"iss", "somebody", "token_invalid"},
			"another audience": {"aud", "somebody", "token_invalid"},
			"another kind":     {"token_use", "reset", "token_invalid"},
			"no subject":       {"sub", nil, "token_invalid"},
			"no id":            {"jti", nil, "token_invalid"},
			"no session":       {"sid", nil, "token_invalid"},
			"unknown session":  {"sid", "AAAAAAAAAAAAAAAAAAAAAA", "token_revoked"},
			"stolen session":   {"sub", "user2", "token_revoked"},
		} {
			t.Run(name, func(t *testing.T) {
				forged := forge(t, user.access, func(claims jwt.MapClaims) {
					if c.value == nil {
						delete(claims, c.claim)
						return
					}
					claims[c.claim] = c.value
				})
				n.refused(t, get("/protected", forged), http.StatusUnauthorized, c.word)
			})
		}
	})
}

func TestPasswordNeedsALoginOfTheLastFiveMinutes(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		user := n.login(t, "user1")
		old := forge(t, user.access, func(claims jwt.MapClaims) { claims["auth_time"] = time.Now().Unix() - 301 })
		change := request{Method: "POST", Path: "/protected/password", Token: old,
			Fields: map[string]any{"old_password": demo["user1"], "new_password": "a new password 11"}}
		got := n.refused(t, change, http.StatusUnauthorized, "reauthentication_required")
		if want := `max_age="300"`; !containsChallenge(got, want) || !containsChallenge(got, `error="insufficient_user_authentication"`) {
			t.Errorf("challenge: %s", got.header.Get("WWW-Authenticate"))
		}
		n.alive(t, old)
		change.Token = user.access
		n.ok(t, change)
	})
}

func TestUnsignedAndForeignTokens(t *testing.T) {
	t.Parallel()
	n := start(t)
	user := n.login(t, "user1")
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(user.access, claims); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method jwt.SigningMethod
		key    any
	}{
		"alg none":    {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType},
		"HS512":       {jwt.SigningMethodHS512, []byte(secret)},
		"another key": {jwt.SigningMethodHS256, []byte("another secret, also long enough: 0123")},
		"empty key":   {jwt.SigningMethodHS256, []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			signed, err := jwt.NewWithClaims(c.method, claims).SignedString(c.key)
			if err != nil {
				t.Fatal(err)
			}
			n.refused(t, get("/protected", signed), http.StatusUnauthorized, "token_invalid")
		})
	}
}
