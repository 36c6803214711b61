package ginauth_test

import (
	"net/http"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// The README's middleware initialises gin-jwt at every request, which is a data race under
// gin-jwt.
func TestREADMEPort_InitPerRequestIsRaceFree(t *testing.T) {
	engine := newREADMEServer(t)
	credentials := authtest.JSON(map[string]string{"username": "admin", "password": "admin"})
	together(8, func(int) authtest.Reply {
		for range 5 { // 40 logins: fewer than MaxSessions
			reply := authtest.Serve(t, engine, http.MethodPost, "/login", credentials)
			if reply.Status != 200 {
				t.Errorf("login: %s", reply)
				return reply
			}
			use := authtest.Serve(t, engine, http.MethodGet, "/auth/hello", authtest.Bearer(reply.Tokens(t).AccessToken))
			if use.Status != 200 {
				t.Errorf("hello: %s", use)
			}
		}
		return authtest.Reply{}
	})
}
