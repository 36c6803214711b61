package main_test

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The smallest migration changes the constructor, the imports and the type of a parameter, and no
// other line.
func TestTheSmallestMigrationChangesOnlyTheConstructor(t *testing.T) {
	t.Parallel()
	before, after := smallestSource(t, "before"), smallestSource(t, "after")
	constructor, _, _ := strings.Cut(strings.SplitN(after, "\tparams := initParams()\n", 2)[1], "\tif err != nil {")
	for _, change := range []struct{ new, old string }{
		{constructor, "\tauthMiddleware, err := jwt.New(params)\n"},
		{"\n\tginauth \"github.com/ginauth/ginauth/plugin\"\n\t\"github.com/ginauth/ginauth/plugin/memstore\"\n", ""},
		{"handle *ginauth.Auth", "handle *jwt.GinJWTMiddleware"},
	} {
		if strings.Count(after, change.new) != 1 {
			t.Fatalf("after has %q %d times, want once", change.new, strings.Count(after, change.new))
		}
		after = strings.Replace(after, change.new, change.old, 1)
	}
	if after != before {
		t.Errorf("before and after differ elsewhere:\n%s\n%s", before, after)
	}
	if lines := strings.Count(constructor, "\n"); lines > 8 {
		t.Errorf("the constructor takes %d lines", lines)
	}
}

// smallestSource returns a program of the pair from its package clause on.
func smallestSource(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", smallest, name, "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := strings.Cut(string(text), "\npackage main\n")
	if !found {
		t.Fatalf("%s has no package clause", name)
	}
	return code
}

// heard is what a client of gin-jwt looks at: the status, and the names of the reply's members.
type heard struct {
	step    string
	status  int
	members string
}

// oldClient does what a client of gin-jwt does, which knows one token and nothing of ginauth. It
// returns what it heard, and the token with which it logged out.
func oldClient(t *testing.T, n *node) ([]heard, string) {
	t.Helper()
	var all []heard
	send := func(step string, q request) reply {
		t.Helper()
		got := n.do(t, q)
		all = append(all, heard{step, got.status, strings.Join(slices.Sorted(maps.Keys(got.body)), " ")})
		return got
	}
	send("wrong password", loginRequest("admin", "guess"))
	send("no token", get("/auth/hello", ""))
	send("forged token", get("/auth/hello", "no.such.token"))
	send("role", get("/auth/hello", send("login as test", loginRequest("test", "test")).text("token")))

	first := send("login", loginRequest("admin", "admin")).text("token")
	send("hello", get("/auth/hello", first))
	send("hello by cookie", request{Method: "GET", Path: "/auth/hello", Header: map[string]string{"Cookie": "jwt=" + first}})
	second := send("refresh", get("/auth/refresh_token", first)).text("token")
	send("hello after refresh", get("/auth/hello", second))
	third := send("refresh again", get("/auth/refresh_token", second)).text("token")
	send("hello in an old tab", get("/auth/hello", first))
	send("logout", post("/logout", third))
	return all, third
}

// The two differences: a login without a password is a bad request, and a logout ends the token.
func TestAnOldClientDoesNotNoticeTheSmallestMigration(t *testing.T) {
	t.Parallel()
	before, after := startExample(t, smallest+"/before"), startExample(t, smallest+"/after")
	want, tokenBefore := oldClient(t, before)
	got, tokenAfter := oldClient(t, after)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("gin-jwt: %v, ginauth: %v", want[i], got[i])
		}
	}
	for name, c := range map[string]struct {
		n                 *node
		noPassword, hello int
		token             string
	}{
		"gin-jwt": {before, http.StatusUnauthorized, http.StatusOK, tokenBefore},
		"ginauth": {after, http.StatusBadRequest, http.StatusUnauthorized, tokenAfter},
	} {
		incomplete := c.n.do(t, request{Method: "POST", Path: "/login", Fields: map[string]any{"username": "admin"}})
		loggedOut := c.n.do(t, get("/auth/hello", c.token))
		if incomplete.status != c.noPassword || loggedOut.status != c.hello {
			t.Errorf("%s: a login without a password is %d, want %d; after the logout the token is %d, want %d",
				name, incomplete.status, c.noPassword, loggedOut.status, c.hello)
		}
	}
}

// The two programs have one key, so tokens of either open the other's routes while a deployment is
// on its way, and after a roll-back. A refresh at ginauth makes a session of an old token. gin-jwt
// panics when it should refresh a token without orig_iat (500 by gin's recovery).
func TestTokensCrossTheSmallestMigrationBothWays(t *testing.T) {
	t.Parallel()
	before, after := startExample(t, smallest+"/before"), startExample(t, smallest+"/after")
	old := before.ok(t, loginRequest("admin", "admin")).text("token")
	young := after.ok(t, loginRequest("admin", "admin")).text("token")
	begun := after.ok(t, get("/auth/refresh_token", old)).text("token")
	for token, n := range map[string]*node{old: after, young: before, begun: after} {
		if got := n.ok(t, get("/auth/hello", token)).text("userID"); got != "admin" {
			t.Errorf("hello %q", got)
		}
	}
	if got := before.do(t, get("/auth/refresh_token", young)); got.status != http.StatusInternalServerError {
		t.Errorf("gin-jwt's refresh of a new token: %d %s", got.status, got.raw)
	}
	// The session that began with an old token ends as every other.
	after.ok(t, post("/logout", begun))
	if got := after.do(t, get("/auth/hello", begun)); got.status != http.StatusUnauthorized {
		t.Errorf("after the logout: %d %s", got.status, got.raw)
	}
}
