package ginauth_test

import (
	"testing"
	"time"

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
		{"user", "user"}, {42, "42"}, {int64(-1), "-1"}, {uint64(1 << 63), "9223372036854775808"}, {uint8(7), "7"}, {time.Minute, "1m0s"},
		{"", ""}, {nil, ""}, {1.5, ""}, {authtest.User{Name: "x"}, ""}, {[]string{"x"}, ""}, {string(make([]byte, session.MaxSubject+1)), ""},
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
