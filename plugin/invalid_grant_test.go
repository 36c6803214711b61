package ginauth_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

func grant(token string) map[string]string {
	return map[string]string{"grant_type": "refresh_token", "refresh_token": token}
}

// RFC 6749 section 5.2. An OAuth client that meets a challenge never reads the body's error.
func TestARefusedRefreshGrantIs400WithoutAChallenge(t *testing.T) {
	disabled := false
	app := authtest.New(t, reloadWith(func(s session.Session) (any, error) {
		if disabled {
			return nil, ginauth.ErrUserDisabled
		}
		return authtest.UserNamed(s.Subject), nil
	}))
	reused, ended, user := app.Login("user1").RefreshToken, app.Login("user1"), app.Login("user1").RefreshToken
	app.Refreshed(app.Refreshed(reused).RefreshToken)
	wantStatus(t, app.Do(http.MethodPost, "/logout", authtest.Bearer(ended.AccessToken)), http.StatusOK)
	disabled = true
	for name, token := range map[string]string{
		"junk": "junk", "forged": "rt1_junk", "an access token": ended.AccessToken,
		"reused": reused, "of an ended session": ended.RefreshToken, "of a disabled user": user,
	} {
		for _, encode := range []authtest.Encoding{authtest.Form, authtest.JSON} {
			reply := app.Do(http.MethodPost, "/refresh", encode(grant(token)))
			wantStatus(t, reply, http.StatusBadRequest)
			members := reply.Members()
			if members["error"] != "invalid_grant" || members["code"] != 400.0 || members["message"] != "The refresh token is not valid." {
				t.Errorf("%s: %s", name, reply.Body)
			}
			if got, ok := reply.Header["Www-Authenticate"]; ok {
				t.Errorf("%s: challenge %q", name, got)
			}
			if reply.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", name, reply.Header)
			}
		}
		wantRefusal(t, app.Refresh(token), http.StatusUnauthorized, "invalid_grant") // without grant_type
	}
}

func TestARefusedRefreshGrantInACookieIs400AndClearsIt(t *testing.T) {
	app, _, refresh := cookieApp(t)
	app.Clock.Add(1000 * time.Hour)
	reply := app.Do(http.MethodPost, "/refresh", authtest.Cookie(refreshCookie, refresh), authtest.Form(map[string]string{"grant_type": "refresh_token"}))
	if reply.Status != http.StatusBadRequest || reply.Word() != "invalid_grant" {
		t.Errorf("%s", reply)
	}
	if cookie := setCookie(t, reply, refreshCookie); cookie.MaxAge >= 0 {
		t.Errorf("not cleared: %s", cookie.Raw)
	}
}

// The hooks and Code see the status that the client sees, and the class.
func TestHooksSeeTheStatusOfARefusedGrant(t *testing.T) {
	var told error
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.HTTPStatusMessageFunc = func(err error, _ *gin.Context) string {
			told = err
			return "hook"
		}
		c.JWT.Unauthorized = func(c *gin.Context, status int, message string) { c.String(status, message) }
	})
	reply := app.Do(http.MethodPost, "/refresh", authtest.Form(grant("rt1_junk")))
	if reply.Status != http.StatusBadRequest || string(reply.Body) != "hook" || reply.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("%s %v", reply, reply.Header)
	}
	status, word := ginauth.Code(told)
	if status != http.StatusBadRequest || word != "invalid_grant" || !errors.Is(told, ginauth.ErrInvalidGrant) {
		t.Errorf("%d %s, %v", status, word, told)
	}
}
