package main_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestErrorTable(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		user, other := n.login(t, "user1"), n.login(t, "user2")
		form := "application/x-www-form-urlencoded"
		raw := func(path, contentType, body string) request {
			return request{Method: "POST", Path: path, ContentType: contentType, Raw: body}
		}
		header := func(path, value string) request {
			return request{Method: "GET", Path: path, Header: map[string]string{"Authorization": value}}
		}
		for name, c := range map[string]struct {
			request request
			status  int
			word    string
		}{
			"login without a body":            {post("/login", ""), 400, "invalid_request"},
			"login without a password":        {raw("/login", form, "username=user1"), 400, "invalid_request"},
			"login body is a list":            {raw("/login", "application/json", `["user1"]`), 400, "invalid_request"},
			"login body has members twice":    {raw("/login", "application/json", `{"username":"a","username":"b","password":"c"}`), 400, "invalid_request"},
			"login body is cut off":           {raw("/login", "application/json", `{"username":"user1","pass`), 400, "invalid_request"},
			"login body is XML":               {raw("/login", "application/xml", "<a/>"), 400, "invalid_request"},
			"login body too large":            {raw("/login", form, "username=user1&password="+strings.Repeat("x", 64<<10)), 413, "too_large"},
			"refresh body too large":          {raw("/refresh", form, "refresh_token="+strings.Repeat("x", 64<<10)), 413, "too_large"},
			"wrong password":                  {loginRequest("user1", "password124"), 401, "invalid_credentials"},
			"unknown user":                    {loginRequest("user9", "password123"), 401, "invalid_credentials"},
			"a name too long to be anybody's": {loginRequest(strings.Repeat("n", 300), "password123"), 401, "invalid_credentials"},
			"refresh without a token":         {post("/refresh", ""), 401, "token_missing"},
			"refresh with an empty object":    {raw("/refresh", "application/json", "{}"), 401, "token_missing"},
			"refresh with a wrong grant":      {raw("/refresh", form, "grant_type=password&refresh_token="+user.refresh), 400, "invalid_request"},
			"refresh with two tokens":         {raw("/refresh", form, "refresh_token="+user.refresh+"&refresh_token="+other.refresh), 400, "invalid_request"},
			"refresh with an access token":    {refreshRequest(user.access), 401, "invalid_grant"},
			"refresh with junk":               {refreshRequest("rt1_junk"), 401, "invalid_grant"},
			"refresh grant with junk":         {request{Method: "POST", Path: "/refresh", Form: true, Fields: map[string]any{"grant_type": "refresh_token", "refresh_token": "rt1_junk"}}, 400, "invalid_grant"},
			"logout without a token":          {post("/logout", ""), 401, "token_missing"},
			"logout with junk":                {post("/logout", "junk"), 401, "token_invalid"},
			"logout all without a token":      {post("/logout/all", ""), 401, "token_missing"},
			"logout others without a token":   {post("/logout/others", ""), 401, "token_missing"},
			"no token":                        {get("/protected", ""), 401, "token_missing"},
			"no token on a deep route":        {get("/protected/admin/sessions?subject=user1", ""), 401, "token_missing"},
			"a foreign scheme":                {header("/protected", "Basic dXNlcjE6eA=="), 401, "token_missing"},
			"commas for a token":              {header("/protected", ", ,"), 401, "token_missing"},
			"a scheme and no token":           {header("/protected", "Bearer"), 401, "token_missing"},
			"letters beyond ASCII":            {header("/protected", "Bearer ключ"), 401, "token_invalid"},
			"a token of 9 KiB":                {get("/protected", strings.Repeat("a", 9<<10)), 401, "token_invalid"},
			"a refresh token for access":      {get("/protected", user.refresh), 401, "token_invalid"},
			"a token in the query":            {get("/protected?access_token="+user.access, user.access), 400, "invalid_request"},
			"a token in the query at login":   {raw("/login?token="+user.refresh, form, "username=user1&password=password123"), 400, "invalid_request"},
			"not an admin":                    {get("/protected/admin", user.access), 403, "forbidden"},
			"not an admin, revoking":          {post("/protected/admin/revocations", user.access), 403, "forbidden"},
			"unknown path":                    {get("/nowhere", ""), 404, "not_found"},
			"a slash too many":                {post("/login/", ""), 404, "not_found"},
			"wrong method":                    {get("/login", ""), 405, "method_not_allowed"},
			"wrong method on a protected":     {post("/protected", user.access), 405, "method_not_allowed"},
		} {
			t.Run(name, func(t *testing.T) { n.refused(t, c.request, c.status, c.word) })
		}
		n.alive(t, user.access) // none of the requests above harmed the session
		n.ok(t, refreshRequest(user.refresh))
	})
}

// RFC 6750 section 3.1: the challenge has an error code only when a token was presented.
func TestChallengeNamesAnErrorOnlyForAPresentedToken(t *testing.T) {
	t.Parallel()
	n := start(t)
	missing := n.refused(t, get("/protected", ""), http.StatusUnauthorized, "token_missing")
	invalid := n.refused(t, get("/protected", "junk"), http.StatusUnauthorized, "token_invalid")
	login := n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
	for _, c := range []struct {
		got  reply
		want bool
	}{{missing, false}, {invalid, true}, {login, false}} {
		challenge := c.got.header.Get("WWW-Authenticate")
		if strings.Contains(challenge, `error="invalid_token"`) != c.want {
			t.Errorf("%s: %s", c.got.text("error"), challenge)
		}
	}
}

func TestUnknownUserAndWrongPasswordLookTheSame(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, n *node) {
		unknown := n.refused(t, loginRequest("nobody", "password123"), http.StatusUnauthorized, "invalid_credentials")
		wrong := n.refused(t, loginRequest("user1", "wrong"), http.StatusUnauthorized, "invalid_credentials")
		if unknown.raw != wrong.raw || unknown.text("message") != "Invalid credentials" {
			t.Errorf("%s\n%s", unknown.raw, wrong.raw)
		}
	})
}

func TestHeaderOfOneMegabyteIsRefused(t *testing.T) {
	t.Parallel()
	n := start(t)
	got := n.do(t, get("/protected", strings.Repeat(".", 1<<20)))
	if got.status != http.StatusRequestHeaderFieldsTooLarge {
		checkRefusal(t, get("/protected", "1 MB"), got, http.StatusUnauthorized, "token_invalid")
	}
	n.ok(t, get("/healthz", ""))
}
