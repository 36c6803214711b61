package main

import (
	"context"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// rig is the program under http://localhost, which browsers trust as they trust https.
type rig struct {
	*testing.T
	app     *app
	address string
	later   atomic.Int64 // nanoseconds that the program's clock is ahead
}

func newRig(t *testing.T) *rig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := &rig{T: t}
	server := httptest.NewUnstartedServer(nil)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r.address = "http://localhost:" + port
	r.app, err = newApp([]byte("a key for tests alone, of 32 bytes"), r.address, func() time.Time {
		return time.Now().Add(time.Duration(r.later.Load()))
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = r.app.routes()
	server.Start()
	t.Cleanup(func() {
		server.Close()
		_ = r.app.auth.Close(context.Background())
	})
	return r
}

const passwordLogin = `fetch("/login", {method: "POST", body: new URLSearchParams({username: "user1", password: "password123"})})`

// owner opens a window whose user1 has added a passkey and logged out.
func (r *rig) owner() *window {
	r.Helper()
	w := open(r.T, r.address)
	w.wants(passwordLogin, "200 ")
	w.wants(`add()`, "200 ")
	w.wants(`post("/logout")`, "200 ")
	return w
}

// wants checks how a reply begins.
func (w *window) wants(expression, begins string) {
	w.Helper()
	if got := w.reply(expression); !strings.HasPrefix(got, begins) {
		w.Errorf("%s: %s, not %s", expression, got, begins)
	}
}

// refuses checks a reply, and that it leaves nobody logged in.
func (w *window) refuses(expression string, status, word string) {
	w.Helper()
	if got := w.reply(expression); !strings.HasPrefix(got, status+" ") || !strings.Contains(got, `"error":"`+word+`"`) {
		w.Errorf("%s: %s, not %s %s", expression, got, status, word)
	}
	w.wants(`fetch("/me")`, "401 ")
}

func TestAPasskeyLogsIn(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	w.wants(`fetch("/me")`, "401 ")
	in := w.reply(`enter()`)
	if !strings.HasPrefix(in, "200 ") || strings.Contains(in, `_token":"`) {
		t.Error(in)
	}
	const me = `200 {"amr":["hwk","user"],"user":"user1"}`
	w.wants(`fetch("/me")`, me)
	w.wants(`post("/refresh")`, "200 ")
	w.wants(`fetch("/me")`, me)
	w.wants(`post("/logout")`, "200 ")
	w.wants(`enter()`, "200 ") // its counter has gone on
	w.wants(`fetch("/me")`, me)
}

// The buttons of the page do the same.
func TestThePageAddsAPasskeyAndLogsInWithIt(t *testing.T) {
	r := newRig(t)
	w := open(t, r.address)
	for _, press := range []struct{ button, shows string }{
		{"#login button", `200 {"token_type"`}, {"#add", `200 {"code":200}`}, {"#logout", `200 {"code":200}`},
		{"#me", "401 "}, {"#enter", `200 {"token_type"`}, {"#me", `200 {"amr":["hwk","user"],"user":"user1"}`},
	} {
		w.run(`out.textContent = ""; document.querySelector("` + press.button + `").click()`)
		shown := w.run(`new Promise((shown) => { const look = () => out.textContent ? shown(out.textContent) : setTimeout(look, 20); look(); })`)
		if text, _ := shown.(string); !strings.HasPrefix(text, press.shows) {
			t.Errorf("%s: %s", press.button, text)
		}
	}
}

func TestAPasskeyThatIsCopiedBetweenDevicesIsNotCalledHardware(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	key := *w.credentials()[0]
	key.BackupEligibility, key.BackupState = true, true
	u := r.app.users.byName["user1"]
	u.credentials[0].Flags.BackupEligible = true
	w.removed(key)
	w.copied(key)
	w.wants(`enter()`, "200 ")
	w.wants(`fetch("/me")`, `200 {"amr":["swk","user"],"user":"user1"}`)
}
