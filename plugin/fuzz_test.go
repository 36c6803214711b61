package ginauth_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// refusals are the error words that an access token can get, with their statuses.
var refusals = map[string]int{
	"invalid_request": 400, "token_missing": 401, "token_invalid": 401, "token_expired": 401, "token_revoked": 401, "cross_origin": 403,
}

// quiet turns off events and logs, so that millions of runs do not fill the memory.
func quiet(c *ginauth.Config) { c.OnEvent, c.Logger = nil, slog.New(slog.DiscardHandler) }

// FuzzAuthorizationHeader sends two header lines and a cookie with arbitrary contents. Only a
// line or cookie with the valid token gets in, and nothing breaks.
func FuzzAuthorizationHeader(f *testing.F) {
	app := authtest.New(f, quiet, cookieToo)
	good := app.Login("user1").AccessToken
	for _, line := range garbage {
		if len(line) < 1<<10 {
			f.Add(line, "", "")
		}
	}
	f.Add("Bearer TOKEN", "", "")
	f.Add("bearer  TOKEN ", "Basic eDp5", "")
	f.Add("Bearer TOKEN", "Bearer TOKENx", "")
	f.Add("Basic eDp5", "", "TOKEN")
	f.Add("Bearer x", "", "TOKEN")
	f.Add("", "", "TOKEN; jwt=x")
	f.Fuzz(func(t *testing.T, first, second, cookie string) {
		var options []authtest.RequestOption
		put := strings.NewReplacer("TOKEN", good)
		for _, line := range []string{first, second} {
			if line != "" {
				options = append(options, authtest.Header("Authorization", put.Replace(line)))
			}
		}
		if cookie != "" {
			options = append(options, authtest.Cookie("jwt", put.Replace(cookie)))
		}
		reply := authtest.Serve(t, app.Engine, http.MethodGet, "/protected", options...)
		if reply.Status == http.StatusOK {
			if !strings.Contains(first+second+cookie, "TOKEN") {
				t.Fatalf("let in: %q %q %q", first, second, cookie)
			}
			return
		}
		if status, known := refusals[reply.Word()]; !known || status != reply.Status {
			t.Fatalf("%d %s", reply.Status, reply)
		}
	})
}

// FuzzAccessToken presents arbitrary text as the token. Only the valid token in its one
// spelling gets in.
func FuzzAccessToken(f *testing.F) {
	app := authtest.New(f, quiet)
	good := app.Login("user1").AccessToken
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		good, good + "=", good[:len(good)-1], "a.b.c", "..", parts[0] + "." + parts[1] + ".", "e30.e30.e30", strings.Repeat(".", 9000),
		authtest.Segment(`{"alg":"none"}`) + "." + parts[1] + ".", app.Login("user2").RefreshToken, good + "\n", "\x00", parts[1] + "." + parts[0] + "." + parts[2],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		reply := authtest.Serve(t, app.Engine, http.MethodGet, "/protected", authtest.Header("Authorization", "Bearer "+token))
		if reply.Status == http.StatusOK {
			if strings.Trim(token, " ") != good {
				t.Fatalf("let in: %q", token)
			}
			return
		}
		if status, known := refusals[reply.Word()]; !known || status != reply.Status || reply.Status == http.StatusForbidden {
			t.Fatalf("%d %s", reply.Status, reply)
		}
	})
}

// FuzzReadBody reads a body of any shape as a login does. What is taken reads the same a
// second time and through the whole engine; what is not is 400 or 413.
func FuzzReadBody(f *testing.F) {
	const form, js = "application/x-www-form-urlencoded", "application/json"
	for _, seed := range [][2]string{
		{js, `{"username":"user1","password":"password123"}`}, {form, "username=user1&password=password123"},
		{js, `{"username":"a","username":"b","password":"c"}`}, {js, `{"Username":"a","password":"b"}`}, {js, `[]`}, {js, `{"username":{},"password":1}`},
		{form, "username=%zz"}, {form, "username=a&username=b&password=c"}, {form, "username=a&username=a&password=c"}, {"", "x"}, {js + ";charset=x", "{}"},
		{js, "{\"username\":\"\xff\",\"password\":\"b\"}"}, {js, `{"username":"\ud800","password":"b"}`}, {"text/plain", "{}"}, {"multipart/form-data", ""},
		{form, strings.Repeat("a", 1<<16+1)}, {js, strings.Repeat("[", 5000)},
	} {
		f.Add(seed[0], seed[1])
	}
	app := authtest.New(f, quiet)
	f.Fuzz(func(t *testing.T, contentType, body string) {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/login", strings.NewReader(body))
		c.Request.Header["Content-Type"] = []string{contentType}
		name, password, err := ginauth.ReadCredentials(c)
		reply := authtest.Serve(t, app.Engine, http.MethodPost, "/login", authtest.Body(contentType, body))
		if err != nil {
			if !slices.Contains([]int{400, 413}, reply.Status) {
				t.Fatalf("%v, but the login is %d %s", err, reply.Status, reply)
			}
			return
		}
		if name == "" || password == "" {
			t.Fatalf("taken without %q %q", name, password)
		}
		name2, password2, err := ginauth.ReadCredentials(c)
		if err != nil || name2 != name || password2 != password {
			t.Fatalf("read again: %q %q %v, first %q %q", name2, password2, err, name, password)
		}
		if left, err := io.ReadAll(c.Request.Body); err != nil || string(left) != body {
			t.Fatalf("the body was not put back: %q %v", left, err)
		}
		want := http.StatusUnauthorized
		if authtest.Passwords[name] == password {
			want = http.StatusOK
		}
		if reply.Status != want {
			t.Fatalf("login as %q: %d %s", name, reply.Status, reply)
		}
	})
}
