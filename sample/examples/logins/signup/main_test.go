package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/sample/examples/logins/internal/ask"
)

const goodPassword = "correct horse battery"

func newTestApp(t *testing.T) (*app, *gin.Engine) {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	a, err := newApp([]byte("a key for tests alone, of 32 bytes"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.auth.Close(context.Background()) })
	return a, a.routes()
}

func user(name, password string) ask.Request {
	return ask.Request{Fields: map[string]string{"username": name, "password": password}}
}

func TestSignUpBeginsASessionLikeALogin(t *testing.T) {
	a, r := newTestApp(t)
	up := ask.Post(t, r, "/signup", user("Ada", goodPassword))
	if up.Status != http.StatusOK || up.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(up.Status, up.Raw, up.Header)
	}
	ask.Me(t, r, up.Text("access_token"), "ada")
	next := ask.Post(t, r, "/refresh", ask.Request{Fields: map[string]string{"refresh_token": up.Text("refresh_token")}})
	ask.Me(t, r, next.Text("access_token"), "ada")
	if out := ask.Post(t, r, "/logout", ask.Request{Token: next.Text("access_token")}); out.Status != http.StatusOK {
		t.Error(out.Status, out.Raw)
	}
	ask.Refused(t, ask.Get(t, r, "/me", next.Text("access_token")), 401, "token_revoked")
	ask.Me(t, r, ask.Post(t, r, "/login", user("ADA", goodPassword)).Text("access_token"), "ada")
	ask.Refused(t, ask.Post(t, r, "/login", user("ada", "another password")), 401, "invalid_credentials")
	if hash := a.hashes["ada"]; !strings.HasPrefix(hash, "$argon2id$") || strings.Contains(hash, goodPassword) {
		t.Errorf("stored as %q", hash)
	}
}

func TestADoubleClickMakesOneUserAndOneSession(t *testing.T) {
	_, r := newTestApp(t)
	statuses := make([]int, 5)
	var all sync.WaitGroup
	for i := range statuses {
		all.Go(func() { statuses[i] = ask.Post(t, r, "/signup", user("ada", goodPassword)).Status })
	}
	all.Wait()
	made := 0
	for _, status := range statuses {
		switch status {
		case http.StatusOK:
			made++
		case http.StatusConflict:
		default:
			t.Error(status)
		}
	}
	if made != 1 {
		t.Errorf("%d of %v", made, statuses)
	}
}

// Whoever signs up with a taken name learns that, and gets nothing of its owner.
func TestATakenNameStaysItsOwners(t *testing.T) {
	_, r := newTestApp(t)
	owner := ask.Post(t, r, "/signup", user("ada", goodPassword))
	for _, name := range []string{"ada", "Ada", "ADA"} {
		got := ask.Post(t, r, "/signup", user(name, "the thief's own password"))
		if got.Raw != `{"code":409,"error":"name_taken","message":"Choose another name."}` || got.Status != http.StatusConflict || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %s", name, got.Status, got.Raw)
		}
	}
	ask.Me(t, r, owner.Text("access_token"), "ada")
	ask.Refused(t, ask.Post(t, r, "/login", user("ada", "the thief's own password")), 401, "invalid_credentials")
}

func TestSignUpRefusesBadNamesAndPasswords(t *testing.T) {
	a, r := newTestApp(t)
	for name, password := range map[string]string{
		"ab":             goodPassword,
		"https://x|ada":  goodPassword,
		"a\u0301da":      goodPassword,
		"ada":            "fourteen chars",
		"grace":          strings.Repeat("a", 1025),
		"":               goodPassword,
		"with space":     goodPassword,
		"admin\nlog\rin": goodPassword,
	} {
		ask.Refused(t, ask.Post(t, r, "/signup", user(name, password)), 400, "invalid_request")
	}
	if len(a.hashes) != 0 {
		t.Error(a.hashes)
	}
}

func TestAPageOfAnotherSiteSignsNobodyUp(t *testing.T) {
	a, r := newTestApp(t)
	foreign := user("ada", goodPassword)
	foreign.Site = "cross-site"
	ask.Refused(t, ask.Post(t, r, "/signup", foreign), 403, "cross_origin")
	if len(a.hashes) != 0 {
		t.Error(a.hashes)
	}
}

// Neither users nor names can be harvested by signing up.
func TestSignUpsOfOneAddressAreLimited(t *testing.T) {
	_, r := newTestApp(t)
	for range 10 {
		if got := ask.Post(t, r, "/signup", user("ada", goodPassword)); got.Status == http.StatusTooManyRequests {
			t.Fatal("refused too early")
		}
	}
	for _, name := range []string{"ada", "grace"} {
		got := ask.Post(t, r, "/signup", user(name, goodPassword))
		ask.Refused(t, got, 429, "too_many_attempts")
		if got.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
}

// A sign-up with a taken name must not use up the turns of Config.UserLimit, or anybody could keep
// a user from logging in.
func TestSigningUpAgainSpendsNoLoginOfTheOwner(t *testing.T) {
	_, r := newTestApp(t)
	for range 10 {
		ask.Post(t, r, "/signup", user("ada", goodPassword)) // the first one is a login
	}
	for i := range 19 {
		if got := ask.Post(t, r, "/login", user("ada", goodPassword)); got.Status != http.StatusOK {
			t.Fatal(i, got.Status, got.Raw)
		}
	}
	ask.Refused(t, ask.Post(t, r, "/login", user("ada", goodPassword)), 429, "too_many_attempts")
}

func TestGuessesCountForEverySpellingOfAName(t *testing.T) {
	_, r := newTestApp(t)
	ask.Post(t, r, "/signup", user("ada", goodPassword))
	for i := range 10 {
		ask.Refused(t, ask.Post(t, r, "/login", user([]string{"ada", "ADA"}[i%2], "a guess")), 401, "invalid_credentials")
	}
	ask.Refused(t, ask.Post(t, r, "/login", user("Ada", goodPassword)), 429, "too_many_attempts")
}
