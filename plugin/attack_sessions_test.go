package ginauth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// A session is alive if it is present in the store: a signature does not create one. A mirror
// holds only revocations and cannot know this; strict routes ask the store behind it.
func TestAttackSessionsThatTheStoreLacks(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		attackMissingSessions(t, authtest.On(t, clock, strictly{store}))
	})
}

// strictly is a store as routes with ginauth.Strict() see it.
type strictly struct{ session.Store }

func (s strictly) Check(ctx context.Context, p session.Probe) error {
	p.Strict = true
	return s.Store.Check(ctx, p)
}

func attackMissingSessions(t *testing.T, app *authtest.App) {
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	for name, sid := range map[string]string{
		"never begun":          session.NewID(app.Clock.Now(), 0).String(),
		"zero":                 session.ID{}.String(),
		"of another shard":     session.NewID(app.Clock.Now(), 200).String(),
		"unparsable":           "no session id",
		"of another time":      mustID(t, claims["sid"]).WithTime(app.Clock.Now().AddDate(0, 0, -1)).String(),
		"begun in a moment":    mustID(t, claims["sid"]).WithTime(app.Clock.Now().Add(session.MaxAhead)).String(),
		"sid with a line end":  fmt.Sprint(claims["sid"]) + "\n",
		"sid, another spelled": fmt.Sprint(claims["sid"]) + "==",
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(sid)
			if err != nil {
				t.Fatal(err)
			}
			forged := signed(t, plainHeader, payloadWith(t, claims, "sid", string(raw)))
			wantRefusal(t, app.Get("/protected", forged), http.StatusUnauthorized, "token_revoked")
			wantRefusal(t, app.Get("/hello", forged), http.StatusUnauthorized, "token_revoked")
			wantRefusal(t, app.Do("POST", "/logout/all", authtest.Bearer(forged)), http.StatusUnauthorized, "token_revoked")
		})
	}
	emptied := authtest.New(t) // the same keys on a store that has lost everything
	token := signed(t, plainHeader, payloadWith(t, claims, "x", ""))
	wantStatus(t, app.Get("/protected", token), http.StatusOK)
	wantRefusal(t, emptied.Get("/protected", token), http.StatusUnauthorized, "token_revoked")
}

func mustID(t *testing.T, sid any) session.ID {
	t.Helper()
	id, err := session.ParseID(fmt.Sprint(sid))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAttackARefreshTokenIsNoAccessToken(t *testing.T) {
	app := authtest.New(t, cookieToo)
	tokens := app.Login("user1")
	wantRefusal(t, app.Get("/protected", tokens.RefreshToken), http.StatusUnauthorized, "token_invalid")
	wantRefusal(t, app.Do("GET", "/protected", authtest.Cookie("jwt", tokens.RefreshToken)), http.StatusUnauthorized, "token_invalid")
	wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(tokens.RefreshToken)), http.StatusUnauthorized, "token_invalid")
	wantRefusal(t, app.Refresh(tokens.AccessToken), http.StatusUnauthorized, "invalid_grant")
	wantRefusal(t, app.Do("POST", "/refresh", authtest.JSON(map[string]string{"access_token": tokens.AccessToken})), http.StatusUnauthorized, "token_missing")
	// A JWT with token_use refresh, like gin-jwt's refresh tokens, does not help either.
	asJWT := forge(t, tokens.AccessToken, map[string]any{"token_use": "refresh"})
	wantRefusal(t, app.Refresh(asJWT), http.StatusUnauthorized, "invalid_grant")
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
}
