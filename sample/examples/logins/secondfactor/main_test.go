package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/pquerna/otp/totp"

	"github.com/ginauth/ginauth/sample/examples/logins/internal/ask"
)

var demo = []demoUser{
	{"user1", "password123", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
	{"user2", "password456", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"},
}

// rig is the program with a clock of its own.
type rig struct {
	*testing.T
	*gin.Engine
	app   *app
	later atomic.Int64 // nanoseconds since the start, which the Auth reads in the background too
}

// start is the beginning of a step.
var start = time.Unix(1_800_000_000, 0)

func (r *rig) now() time.Time { return start.Add(time.Duration(r.later.Load())) }

func (r *rig) wait(d time.Duration) { r.later.Add(int64(d)) }

func newRig(t *testing.T) *rig {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	r := &rig{T: t}
	users, err := newUsers(t.Context(), r.now, demo...)
	if err == nil {
		r.app, err = newApp([]byte("a key for tests alone, of 32 bytes"), users, r.now)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.app.auth.Close(context.Background()) })
	r.Engine = r.app.routes()
	return r
}

// code returns what the user's authenticator app shows, some steps from now.
func (r *rig) code(user, steps int) string {
	r.Helper()
	code, err := totp.GenerateCode(demo[user-1].secret, r.now().Add(time.Duration(steps*step)*time.Second))
	if err != nil {
		r.Fatal(err)
	}
	return code
}

// wrong returns a code that is not right in any of the three steps.
func (r *rig) wrong(user int) string {
	r.Helper()
	for i := range 4 {
		code := fmt.Sprintf("%06d", i)
		if code != r.code(user, -1) && code != r.code(user, 0) && code != r.code(user, 1) {
			return code
		}
	}
	r.Fatal("not reached: four codes differ from three")
	return ""
}

func (r *rig) password(user int) (pending string) {
	r.Helper()
	got := ask.Post(r.T, r, "/login", ask.Request{Fields: map[string]string{"username": demo[user-1].name, "password": demo[user-1].password}})
	if got.Status != http.StatusOK || got.Text("second_factor") != "totp" || got.Header.Get("Cache-Control") != "no-store" {
		r.Fatal(got.Status, got.Raw)
	}
	return got.Text("pending")
}

func (r *rig) send(pending, code, from string) ask.Reply {
	r.Helper()
	return ask.Post(r.T, r, "/login/code", ask.Request{Fields: map[string]string{"pending": pending, "code": code}, From: from})
}

// loggedIn checks that a reply has tokens of the user, with both factors in amr.
func (r *rig) loggedIn(got ask.Reply, user string) {
	r.Helper()
	if me := ask.Get(r.T, r, "/me", got.Text("access_token")); got.Status != http.StatusOK || me.Raw != `{"amr":["pwd","otp"],"user":"`+user+`"}` {
		r.Errorf("%d %s; /me: %s", got.Status, got.Raw, me.Raw)
	}
}

func TestBothFactorsBeginASession(t *testing.T) {
	r := newRig(t)
	login := r.send(r.password(1), r.code(1, 0), "")
	r.loggedIn(login, "user1")
	r.loggedIn(ask.Post(t, r, "/refresh", ask.Request{Fields: map[string]string{"refresh_token": login.Text("refresh_token")}}), "user1")
}

func TestThePasswordAloneBeginsNoSession(t *testing.T) {
	r := newRig(t)
	pending := r.password(1)
	sessions, err := r.app.store.List(t.Context(), "user1")
	if err != nil || len(sessions) != 0 {
		t.Error(sessions, err)
	}
	ask.Refused(t, ask.Get(t, r, "/me", pending), 401, "token_invalid")
	ask.Refused(t, ask.Post(t, r, "/refresh", ask.Request{Fields: map[string]string{"refresh_token": pending}}), 401, "invalid_grant")
}

func TestACodeWithoutThePasswordIsRefused(t *testing.T) {
	r := newRig(t)
	for _, pending := range []string{"", "user1", strings.Repeat("A", 26)} {
		ask.Refused(t, r.send(pending, r.code(1, 0), ""), 401, "invalid_credentials")
	}
	for _, fields := range []map[string]string{{"username": "user1", "password": "a guess"}, {"username": "nobody", "password": "password123"}} {
		ask.Refused(t, ask.Post(t, r, "/login", ask.Request{Fields: fields}), 401, "invalid_credentials")
	}
}

// A code that somebody has read over the user's shoulder is worth nothing once it was used, and
// neither is an older one.
func TestACodeIsNotUsedTwice(t *testing.T) {
	r := newRig(t)
	old, code := r.code(1, -1), r.code(1, 0)
	r.loggedIn(r.send(r.password(1), code, ""), "user1")
	thief := r.password(1)
	ask.Refused(t, r.send(thief, code, ""), 401, "invalid_credentials")
	ask.Refused(t, r.send(thief, old, ""), 401, "invalid_credentials")
	r.wait(step * time.Second)
	ask.Refused(t, r.send(thief, code, ""), 401, "invalid_credentials") // still within the window
	r.loggedIn(r.send(r.password(1), r.code(1, 0), ""), "user1")
}

func TestARecordIsUsedUpByTheLogin(t *testing.T) {
	r := newRig(t)
	pending := r.password(1)
	ask.Refused(t, r.send(pending, r.wrong(1), ""), 401, "invalid_credentials") // a slip costs nothing
	r.loggedIn(r.send(pending, r.code(1, 0), ""), "user1")
	r.wait(step * time.Second)
	ask.Refused(t, r.send(pending, r.code(1, 0), ""), 401, "invalid_credentials")
}

func TestARecordLivesForFiveMinutes(t *testing.T) {
	r := newRig(t)
	pending := r.password(1)
	r.wait(5 * time.Minute)
	ask.Refused(t, r.send(pending, r.code(1, 0), ""), 401, "invalid_credentials")
}

// The user whose code is judged is the one who has shown the password.
func TestARecordOfAnotherUserTakesNoCodeOfThisOne(t *testing.T) {
	r := newRig(t)
	ask.Refused(t, r.send(r.password(2), r.code(1, 0), ""), 401, "invalid_credentials")
	got := ask.Post(t, r, "/login/code", ask.Request{Fields: map[string]string{"pending": r.password(2), "code": r.code(2, 0), "username": "user1"}})
	r.loggedIn(got, "user2")
}

// A thief with the password and a new address for each guess gets ten, and new records no more.
func TestCodesCannotBeGuessedFromManyAddresses(t *testing.T) {
	r := newRig(t)
	for i := range 10 {
		ask.Refused(t, r.send(r.password(1), r.wrong(1), fmt.Sprintf("198.51.100.%d", i)), 401, "invalid_credentials")
	}
	got := r.send(r.password(1), r.code(1, 0), "203.0.113.1")
	ask.Refused(t, got, 429, "too_many_attempts")
	if got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	r.loggedIn(r.send(r.password(2), r.code(2, 0), ""), "user2") // nobody else is kept out
}

// The user is revoked while the code is still being typed: the password that was judged before
// may be the reason.
func TestARevocationBetweenTheFactorsOvertakesTheLogin(t *testing.T) {
	r := newRig(t)
	pending := r.password(1)
	r.wait(time.Second)
	if _, err := r.app.auth.RevokeSubject(t.Context(), "user1"); err != nil {
		t.Fatal(err)
	}
	r.wait(time.Second)
	ask.Refused(t, r.send(pending, r.code(1, 0), ""), 503, "unavailable")
	if sessions, err := r.app.store.List(t.Context(), "user1"); err != nil || len(sessions) != 0 {
		t.Error(sessions, err)
	}
	r.wait(step * time.Second)
	r.loggedIn(r.send(r.password(1), r.code(1, 0), ""), "user1") // a login that begins now is a new one
}

func TestAPageOfAnotherSiteSpendsNoAttempts(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/login", "/login/code"} {
		foreign := ask.Request{Fields: map[string]string{"username": "user1", "password": "x", "pending": "x", "code": "x"}, Site: "cross-site"}
		for range 11 {
			ask.Refused(t, ask.Post(t, r, path, foreign), 403, "cross_origin")
		}
	}
	r.loggedIn(r.send(r.password(1), r.code(1, 0), ""), "user1")
}

func TestAWeakSecretIsAMistakeAtStart(t *testing.T) {
	for _, secret := range []string{"", "JBSWY3DPEHPK3PXP", "not base32, but long enough for it!"} {
		if _, err := newUsers(t.Context(), time.Now, demoUser{"user1", "password123", secret}); err == nil {
			t.Errorf("%q was accepted", secret)
		}
	}
}
