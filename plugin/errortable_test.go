package ginauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

const (
	plain   = `Bearer realm="authtest"`
	invalid = plain + `, error="invalid_token", error_description=`
)

// errorRow is one row of the error table, reached by one request, with everything visible in
// the reply: body, challenge and Retry-After.
type errorRow struct {
	name      string
	reply     func(*errorRig) authtest.Reply
	status    int
	word      string
	message   string
	challenge string
	retry     string
}

// errorRig is an App that can produce every row.
type errorRig struct {
	*authtest.App
	t      *testing.T
	store  *authtest.Faulty
	tokens ginauth.Tokens
}

func newErrorRig(t *testing.T, clock *authtest.Clock, store session.Store) *errorRig {
	rig := &errorRig{t: t, store: authtest.NewFaulty(store)}
	rig.App = authtest.On(t, clock, rig.store, cookieToo, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(c *gin.Context) (any, error) {
			data, err := authtest.Authenticate(c)
			if c.GetHeader("X-Attempts") != "" {
				return nil, ginauth.TooManyAttempts(2500 * time.Millisecond)
			}
			return data, err
		}
	})
	rig.Engine.POST("/introspect", func(c *gin.Context) { rig.Auth.Refuse(c, ginauth.ErrInvalidClient) })
	rig.Engine.POST("/slow-down", func(c *gin.Context) { rig.Auth.Refuse(c, ginauth.ErrTooManyAttempts) })
	rig.Engine.POST("/broken", func(c *gin.Context) { rig.Auth.Refuse(c, errors.New("a cause")) })
	rig.tokens = rig.Login("user1")
	return rig
}

func (r *errorRig) post(path string, options ...authtest.RequestOption) authtest.Reply {
	r.t.Helper()
	return r.Do(http.MethodPost, path, options...)
}

func (r *errorRig) login(encode authtest.Encoding, name, password string, more ...authtest.RequestOption) authtest.Reply {
	r.t.Helper()
	return r.post("/login", append(more, encode(map[string]string{"username": name, "password": password}))...)
}

// during returns a reply given while every verb of the store fails.
func (r *errorRig) during(outage error, ask func() authtest.Reply) authtest.Reply {
	r.store.Fail(outage)
	defer r.store.Fail(nil)
	return ask()
}

func (row errorRow) check(t *testing.T, reply authtest.Reply) {
	t.Helper()
	wantRefusal(t, reply, row.status, row.word)
	members := reply.Members()
	if members["code"] != float64(row.status) || members["message"] != row.message {
		t.Errorf("body %s", reply.Body)
	}
	for name, want := range map[string]string{
		"WWW-Authenticate": row.challenge, "Retry-After": row.retry,
		"Cache-Control": "no-store", "Pragma": "no-cache", "Content-Type": "application/json; charset=utf-8",
	} {
		if got := strings.Join(reply.Header.Values(name), "|"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestErrorTable(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		for _, row := range errorRows(authtest.JSON) {
			t.Run("JSON/"+row.name, func(t *testing.T) { row.check(t, row.reply(newErrorRig(t, clock, store))) })
		}
		for _, row := range errorRows(authtest.Form) {
			t.Run("form/"+row.name, func(t *testing.T) { row.check(t, row.reply(newErrorRig(t, clock, store))) })
		}
	})
}

func errorRows(encode authtest.Encoding) []errorRow {
	refresh := func(token string) authtest.RequestOption {
		return encode(map[string]string{"refresh_token": token})
	}
	return []errorRow{
		{"invalid_request: field missing", func(r *errorRig) authtest.Reply { return r.login(encode, "user1", "") },
			400, "invalid_request", "The request is malformed.", "", ""},
		{"invalid_request: wrong grant_type", func(r *errorRig) authtest.Reply {
			return r.post("/refresh", encode(map[string]string{"refresh_token": r.tokens.RefreshToken, "grant_type": "password"}))
		}, 400, "invalid_request", "The request is malformed.", "", ""},
		{"invalid_credentials: wrong password", func(r *errorRig) authtest.Reply { return r.login(encode, "user1", "x") },
			401, "invalid_credentials", "Invalid credentials", plain, ""},
		{"invalid_credentials: unknown user", func(r *errorRig) authtest.Reply { return r.login(encode, "nobody", "x") },
			401, "invalid_credentials", "Invalid credentials", plain, ""},
		{"token_missing: protected", func(r *errorRig) authtest.Reply { return r.Get("/protected", "") },
			401, "token_missing", "A token is required.", plain, ""},
		{"token_missing: refresh", func(r *errorRig) authtest.Reply { return r.post("/refresh", encode(map[string]string{})) },
			401, "token_missing", "A token is required.", plain, ""},
		{"token_missing: logout", func(r *errorRig) authtest.Reply { return r.post("/logout", encode(map[string]string{})) },
			401, "token_missing", "A token is required.", plain, ""},
		{"invalid_client", func(r *errorRig) authtest.Reply { return r.post("/introspect") },
			401, "invalid_client", "Client authentication failed.", `Basic realm="authtest"`, ""},
		{"token_invalid", func(r *errorRig) authtest.Reply { return r.Get("/protected", r.tokens.AccessToken+"x") },
			401, "token_invalid", "The token is not valid.", invalid + `"The token is not valid."`, ""},
		{"token_expired", func(r *errorRig) authtest.Reply {
			r.Clock.Add(authtest.Timeout)
			return r.Get("/protected", r.tokens.AccessToken)
		},
			401, "token_expired", "The token has expired.", invalid + `"The token has expired."`, ""},
		{"token_revoked", func(r *errorRig) authtest.Reply {
			wantStatus(r.t, r.post("/logout", refresh(r.tokens.RefreshToken)), http.StatusOK)
			return r.Get("/protected", r.tokens.AccessToken)
		}, 401, "token_revoked", "The token was revoked.", invalid + `"The token was revoked."`, ""},
		{"reauthentication_required", func(r *errorRig) authtest.Reply {
			r.Clock.Add(authtest.FreshFor + time.Second)
			return r.post("/protected/password", authtest.Bearer(r.tokens.AccessToken))
		}, 401, "reauthentication_required", "Please log in again to do this.",
			plain + `, error="insufficient_user_authentication", error_description="Please log in again to do this.", max_age="300"`, ""},
		{"invalid_grant", func(r *errorRig) authtest.Reply { return r.post("/refresh", refresh("rt1_junk")) },
			401, "invalid_grant", "The refresh token is not valid.", invalid + `"The refresh token is not valid."`, ""},
		{"invalid_grant: logout", func(r *errorRig) authtest.Reply { return r.post("/logout", refresh("rt1_junk")) },
			401, "invalid_grant", "The refresh token is not valid.", invalid + `"The refresh token is not valid."`, ""},
		{"forbidden", func(r *errorRig) authtest.Reply { return r.Get("/protected/admin", r.tokens.AccessToken) },
			403, "forbidden", "You are not allowed to do this.", "", ""},
		{"cross_origin", func(r *errorRig) authtest.Reply {
			return r.post("/logout", authtest.Cookie("jwt", r.tokens.AccessToken), authtest.Header("Origin", "https://evil.example"))
		}, 403, "cross_origin", "The request comes from another origin or lacks the CSRF token.", "", ""},
		{"not_found: session", func(r *errorRig) authtest.Reply {
			return r.Do(http.MethodDelete, "/protected/sessions/"+session.NewID(time.Now(), 0).String(), authtest.Bearer(r.tokens.AccessToken))
		}, 404, "not_found", "Not found.", "", ""},
		{"not_found: route", func(r *errorRig) authtest.Reply { return r.Get("/nowhere", "") }, 404, "not_found", "Not found.", "", ""},
		{"method_not_allowed", func(r *errorRig) authtest.Reply { return r.Get("/login", "") },
			405, "method_not_allowed", "This method is not allowed here.", "", ""},
		{"too_large: login", func(r *errorRig) authtest.Reply {
			return r.login(encode, "user1", strings.Repeat("x", ginauth.MaxBody))
		},
			413, "too_large", "The request is too large.", "", ""},
		{"too_large: refresh", func(r *errorRig) authtest.Reply {
			return r.post("/refresh", refresh(strings.Repeat("x", ginauth.MaxBody)))
		},
			413, "too_large", "The request is too large.", "", ""},
		{"too_many_attempts: Throttled", func(r *errorRig) authtest.Reply {
			return r.login(encode, "user1", "password123", authtest.Header("X-Attempts", "11"))
		}, 429, "too_many_attempts", "Too many attempts. Try again later.", "", "3"},
		{"too_many_attempts: bare", func(r *errorRig) authtest.Reply { return r.post("/slow-down") },
			429, "too_many_attempts", "Too many attempts. Try again later.", "", "1"},
		{"unavailable: login", func(r *errorRig) authtest.Reply {
			return r.during(session.ErrUnavailable, func() authtest.Reply { return r.login(encode, "user1", "password123") })
		}, 503, "unavailable", "The service is temporarily unavailable. Try again.", "", "1"},
		{"unavailable: refresh", func(r *errorRig) authtest.Reply {
			return r.during(session.ErrUnavailable, func() authtest.Reply { return r.post("/refresh", refresh(r.tokens.RefreshToken)) })
		}, 503, "unavailable", "The service is temporarily unavailable. Try again.", "", "1"},
		{"unavailable: logout", func(r *errorRig) authtest.Reply {
			return r.during(session.ErrUnavailable, func() authtest.Reply { return r.post("/logout", refresh(r.tokens.RefreshToken)) })
		}, 503, "unavailable", "The service is temporarily unavailable. Try again.", "", "1"},
		{"unavailable: protected", func(r *errorRig) authtest.Reply {
			return r.during(session.ErrUnavailable, func() authtest.Reply { return r.Get("/protected", r.tokens.AccessToken) })
		}, 503, "unavailable", "The service is temporarily unavailable. Try again.", "", "1"},
		{"internal: an error of no class", func(r *errorRig) authtest.Reply { return r.post("/broken") },
			500, "internal", "Internal error.", "", ""},
	}
}

// Every error class of errors.go has a row above.
func TestErrorTableIsComplete(t *testing.T) {
	rows := map[string]bool{}
	for _, row := range errorRows(authtest.JSON) {
		rows[row.word] = true
	}
	for _, err := range []error{
		ginauth.ErrInvalidRequest, ginauth.ErrInvalidCredentials, ginauth.ErrTokenMissing, ginauth.ErrInvalidClient, ginauth.ErrTokenInvalid,
		ginauth.ErrTokenExpired, ginauth.ErrTokenRevoked, ginauth.ErrReauthenticationRequired, ginauth.ErrInvalidGrant, ginauth.ErrForbidden,
		ginauth.ErrCrossOrigin, ginauth.ErrNotFound, ginauth.ErrMethodNotAllowed, ginauth.ErrTooLarge, ginauth.ErrTooManyAttempts,
		ginauth.ErrUnavailable, ginauth.ErrInternal,
	} {
		if word := strings.TrimPrefix(err.Error(), "ginauth: "); !rows[word] {
			t.Errorf("%s is reached by no row", word)
		}
	}
}
