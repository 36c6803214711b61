package ginauth_test

import (
	"net/http"
	"testing"
	"time"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// The traps of gin-jwt v2 have the numbers of the survey that found them. These concern its
// refresh.

func TestTrap01_AnAccessTokenIsNoRefreshToken(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	wantRefusal(t, app.Refresh(tokens.AccessToken), http.StatusUnauthorized, "invalid_grant")
	wantRefusal(t, app.Do(http.MethodPost, "/refresh", authtest.Bearer(tokens.AccessToken)), http.StatusUnauthorized, "token_missing")
	app.Refreshed(tokens.RefreshToken)
}

func TestTrap02_NoRefreshOutlivesTheSession(t *testing.T) {
	const life = 5 * time.Hour
	app := authtest.New(t, func(c *ginauth.Config) { c.SessionIdleTTL, c.SessionMaxTTL = 2*time.Hour, life })
	tokens := app.Login("user1")
	for since := time.Hour; since < life; since += time.Hour {
		app.Clock.Add(time.Hour)
		tokens = app.Refreshed(tokens.RefreshToken)
		if left := int64((life - since).Seconds()); tokens.RefreshExpiresIn > left {
			t.Fatalf("%v after login: refresh_expires_in %d, want at most %d", since, tokens.RefreshExpiresIn, left)
		}
	}
	app.Clock.Add(time.Hour)
	wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
}

func TestTrap03_ExpiredMeansExpired(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	far := float64(app.Clock.Now().Add(1000 * time.Hour).Unix())
	for name, changes := range map[string]map[string]any{
		"expired":                       {"exp": app.Clock.Now().Unix(), "orig_iat": app.Clock.Now().Unix()},
		"no exp":                        {"exp": nil, "orig_iat": app.Clock.Now().Unix()},
		"exp is text":                   {"exp": "tomorrow", "orig_iat": app.Clock.Now().Unix()},
		"orig_iat far ahead, exp past":  {"exp": 1, "orig_iat": far},
		"orig_iat far ahead, exp is {}": {"exp": map[string]any{}, "orig_iat": far},
	} {
		t.Run(name, func(t *testing.T) {
			forged := forge(t, tokens.AccessToken, changes)
			wantStatus(t, app.Get("/protected", forged), http.StatusUnauthorized)
			wantRefusal(t, app.Refresh(forged), http.StatusUnauthorized, "invalid_grant")
		})
	}
	app.Clock.Add(169 * time.Hour) // idle for longer than SessionIdleTTL
	wantRefusal(t, app.Refresh(tokens.RefreshToken), http.StatusUnauthorized, "invalid_grant")
}

func TestTrap04_MaxRefreshIsNotUsedAndNegativeIsAMistake(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) { c.JWT.MaxRefresh = 0 })
	tokens := app.Login("user1")
	app.Clock.Add(time.Hour)
	app.Refreshed(tokens.RefreshToken)

	config := goodConfig()
	config.JWT.MaxRefresh = -time.Second
	wantMistakes(t, config, "JWT.MaxRefresh")
}

func TestTrap05_RefreshWorksAfterTheAccessTokenHasExpired(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	app.Clock.Add(authtest.Timeout)
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_expired")
	// The client also sends its expired access token, as clients do.
	reply := app.Do(http.MethodPost, "/refresh", authtest.Bearer(tokens.AccessToken),
		authtest.JSON(map[string]string{"refresh_token": tokens.RefreshToken}))
	wantStatus(t, reply, http.StatusOK)
	wantStatus(t, app.Get("/protected", reply.Tokens(t).AccessToken), http.StatusOK)
}

func TestTrap06_RefreshMintsNewIdsAndFreshRoles(t *testing.T) {
	user := authtest.User{Name: "user1", Role: "admin"}
	app := authtest.New(t, reloadWith(func(session.Session) (any, error) { return user, nil }))
	first, twin := app.Login("user1"), app.Login("user1")
	user.Role = "demoted"
	second := app.Refreshed(first.RefreshToken)
	before, after := authtest.Claims(t, first.AccessToken), authtest.Claims(t, second.AccessToken)
	if before["jti"] == after["jti"] || after["jti"] == "" {
		t.Errorf("jti %v was copied", after["jti"])
	}
	if after["role"] != "demoted" {
		t.Errorf("role %v after the user was demoted", after["role"])
	}
	if before["sid"] != after["sid"] || after["gen"] != 2.0 {
		t.Errorf("sid %v -> %v, gen %v", before["sid"], after["sid"], after["gen"])
	}
	// The clock stands still, so gin-jwt would have made equal tokens.
	if first.AccessToken == second.AccessToken || first.AccessToken == twin.AccessToken || first.RefreshToken == twin.RefreshToken {
		t.Error("two tokens of one second are equal")
	}
}

func TestTrap07_RefreshNeverPanicsOnForeignOrigIat(t *testing.T) {
	for _, option := range []struct {
		name    string
		options []jwtv4.ParserOption
	}{{"plain", nil}, {"WithJSONNumber", []jwtv4.ParserOption{jwtv4.WithJSONNumber()}}} {
		app := authtest.New(t, func(c *ginauth.Config) { c.JWT.ParseOptions = option.options })
		tokens := app.Login("user1")
		for name, value := range map[string]any{"missing": nil, "string": "1", "object": map[string]any{}, "list": []any{1}} {
			t.Run(option.name+"/"+name, func(t *testing.T) {
				forged := forge(t, tokens.AccessToken, map[string]any{"orig_iat": value})
				wantRefusal(t, app.Refresh(forged), http.StatusUnauthorized, "invalid_grant")
				wantStatus(t, app.Get("/protected", forged), http.StatusOK) // orig_iat means nothing
			})
		}
		tokens = app.Refreshed(tokens.RefreshToken)
		wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	}
}

func TestTrap08_KeyFuncIsRefused(t *testing.T) {
	config := goodConfig()
	config.JWT.KeyFunc = func(*jwtv4.Token) (any, error) {
		return nil, jwtv4.NewValidationError("signing key expired", jwtv4.ValidationErrorExpired)
	}
	wantMistakes(t, config, "JWT.KeyFunc")
}

// The other half of trap 8: a token of an unknown or retired key is invalid, never "merely
// expired", so a logout with it ends nothing.
func TestTrap08_ARetiredKeyIsNoExpiry(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	claims := authtest.Claims(t, tokens.AccessToken)
	claims["exp"] = 1
	forged := authtest.Sign(t, jwtv4.SigningMethodHS256, []byte("another key of the attacker, 32 bytes"), nil, claims)
	wantRefusal(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(forged)), http.StatusUnauthorized, "token_invalid")
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
}
