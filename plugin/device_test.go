package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// deviceOf returns the device member of the only session in the list, or nil if it has none.
func deviceOf(t *testing.T, app *authtest.App, access string) any {
	t.Helper()
	list, _ := app.Get("/protected/sessions", access).Members()["sessions"].([]any)
	if len(list) != 1 {
		t.Fatalf("sessions: %v", list)
	}
	one, _ := list[0].(map[string]any)
	return one["device"]
}

func TestDevicesAreNamedForPeople(t *testing.T) {
	for agent, want := range map[string]any{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                         "Chrome on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1":           "Chrome on iPad",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on macOS",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":        "Samsung Internet on Android",
		"Mozilla/5.0 (compatible; Android)": "Android",
		"curl/8.9.1":                        "curl",
		"okhttp/4.12.0":                     "okhttp",
		"My App\x01/3 (x)":                  "My",
		"a\x1bb/1":                          "a_b",
		strings.Repeat("x", 200):            strings.Repeat("x", session.MaxDevice),
		"":                                  nil,
	} {
		app := authtest.New(t, func(c *ginauth.Config) { c.DeviceName = ginauth.DeviceFromUserAgent })
		tokens := app.Login("user1", authtest.Header("User-Agent", agent))
		if got := deviceOf(t, app, tokens.AccessToken); got != want {
			t.Errorf("%q is called %v, want %v", agent, got, want)
		}
	}
}

// A client's name for its device stays with the session through refreshes, whichever client
// refreshes it.
func TestADeviceKeepsItsName(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		app := authtest.On(t, clock, store, func(c *ginauth.Config) {
			c.DeviceName = func(c *gin.Context) string {
				name, _ := ginauth.Field(c, "device_name")
				return name
			}
		})
		reply := app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"], "device_name": "Ann's\nphone"}))
		tokens := app.Refreshed(reply.Tokens(t).RefreshToken)
		if got := deviceOf(t, app, tokens.AccessToken); got != "Ann's_phone" {
			t.Errorf("called %v", got)
		}
	})
}

func TestWithoutDeviceNamesListsAreAsTheyWere(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1", authtest.Header("User-Agent", "curl/8"))
	list, _ := app.Get("/protected/sessions", tokens.AccessToken).Members()["sessions"].([]any)
	one, _ := list[0].(map[string]any)
	if _, there := one["device"]; there || len(one) != 7 {
		t.Errorf("members: %v", one)
	}
}
