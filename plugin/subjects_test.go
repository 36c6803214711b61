package ginauth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func TestSubjects(t *testing.T) {
	var data any
	change := func(c *ginauth.Config) {
		c.JWT.PayloadFunc = nil
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return data, nil }
	}
	app := authtest.New(t, change)
	for _, row := range []struct {
		data any
		want string // "" is refused
	}{
		{"user", "user"}, {42, "42"}, {int64(-1), "-1"}, {uint64(1 << 63), "9223372036854775808"}, {uint8(7), "7"}, {time.Minute, "60000000000"},
		{"\x00 é \u2028 \ufffd <", "\x00 é \u2028 \ufffd <"},
		{"not UTF-8 \xff", ""}, {"\xed\xa0\x80", ""}, {"", ""}, {nil, ""}, {1.5, ""}, {authtest.User{Name: "x"}, ""}, {[]string{"x"}, ""}, {string(make([]byte, session.MaxSubject+1)), ""},
	} {
		data = row.data
		reply := app.Do("POST", "/login")
		if row.want == "" {
			wantRefusal(t, reply, 500, "internal")
			continue
		}
		wantStatus(t, reply, 200)
		if got := authtest.Claims(t, reply.Tokens(t).AccessToken); got["sub"] != row.want || got["identity"] != row.want {
			t.Errorf("%v: sub %v, identity %v", row.data, got["sub"], got["identity"])
		}
	}
	app = authtest.New(t, change, func(c *ginauth.Config) { c.Subject = func(any) string { return "by Subject" } })
	if got := authtest.Claims(t, app.Do("POST", "/login").Tokens(t).AccessToken)["sub"]; got != "by Subject" {
		t.Errorf("sub %v", got)
	}
}

// JSON knows no text but UTF-8: the token of such a login would name another user than the store.
func TestASubjectThatIsNotUTF8IsTold(t *testing.T) {
	const subject = "user\xff"
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return authtest.User{Name: subject}, nil }
	})
	wantRefusal(t, app.Do("POST", "/login"), 500, "internal")
	if !strings.Contains(app.Logs.String(), "valid UTF-8") {
		t.Errorf("the log does not tell:\n%s", app.Logs.String())
	}
	for name, do := range map[string]func() error{
		"Sessions":            func() error { _, err := app.Auth.Sessions(t.Context(), subject); return err },
		"RevokeSubject":       func() error { _, err := app.Auth.RevokeSubject(t.Context(), subject); return err },
		"RevokeOtherSessions": func() error { _, err := app.Auth.RevokeOtherSessions(t.Context(), subject, session.ID{}); return err },
	} {
		if err := do(); !errors.Is(err, ginauth.ErrInternal) || !errors.Is(err, session.ErrInvalidSubject) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The identity that handlers see is the text by which the user is revoked.
func TestTheIdentityIsTheSubjectsText(t *testing.T) {
	for name, row := range map[string]struct {
		identity any
		want     any // nil: refused
	}{
		"text": {"user", "user"}, "a number": {42, 42.0}, "a Stringer": {point{1, 2}, "1:2"}, "not UTF-8": {"user\xff", nil},
	} {
		for by, change := range map[string]func(*ginauth.Config){
			"IdentityKey": func(*ginauth.Config) {},
			"Subject":     func(c *ginauth.Config) { c.Subject = func(any) string { return "by Subject" } },
		} {
			app := authtest.New(t, change, func(c *ginauth.Config) {
				c.JWT.PayloadFunc = func(any) jwt.MapClaims { return jwt.MapClaims{"identity": row.identity} }
			})
			login := authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
			reply := app.Do("POST", "/login", login)
			if row.want == nil {
				wantRefusal(t, reply, 500, "internal")
				continue
			}
			wantStatus(t, reply, 200)
			claims := authtest.Claims(t, reply.Tokens(t).AccessToken)
			if by == "IdentityKey" && (claims["identity"] != row.want || claims["sub"] != fmt.Sprint(row.identity)) {
				t.Errorf("%s by %s: identity %v, sub %v", name, by, claims["identity"], claims["sub"])
			}
		}
	}
}
