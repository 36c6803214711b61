package ginauth_test

import (
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// A browser that guesses types would take a reply with a text of an attacker for a page.
func TestNoReplyOfTheLibraryIsLeftToSniffing(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	login := authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	for name, reply := range map[string]authtest.Reply{
		"login":    app.Do("POST", "/login", login),
		"refused":  app.Do("POST", "/login"),
		"missing":  app.Get("/protected", ""),
		"sessions": app.Get("/protected/sessions", tokens.AccessToken),
		"refresh":  app.Refresh(tokens.RefreshToken),
		"others":   app.Do("POST", "/logout/others", authtest.Bearer(tokens.AccessToken)),
		"logout":   app.Do("POST", "/logout", authtest.Bearer(tokens.AccessToken)),
		"no route": app.Get("/none", ""),
	} {
		if got := reply.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", name, got)
		}
	}
}
