package main_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// These tests start each program under sample/examples and send the requests that it
// demonstrates.

func TestExampleMinimal(t *testing.T) {
	t.Parallel()
	n := startExample(t, "minimal")
	user := n.login(t, "user1")
	if got := n.ok(t, get("/protected", user.access)).text("hello"); got != "user1" {
		t.Errorf("hello %q", got)
	}
	next := tokensOf(n.ok(t, refreshRequest(user.refresh)))
	n.ok(t, post("/logout", next.access))
	n.dead(t, next.access)
	n.dead(t, user.access)
	n.deadRefresh(t, next.refresh)
}

func TestExampleGinJWTApp(t *testing.T) {
	t.Parallel()
	n := startExample(t, "gin-jwt-app")
	admin := tokensOf(n.ok(t, loginRequest("admin", "admin")))
	if got := n.ok(t, get("/auth/hello", admin.access)).raw; got != `{"text":"Hello World.","userID":"admin","userName":"admin"}` {
		t.Error(got)
	}
	n.refused(t, get("/auth/hello", tokensOf(n.ok(t, loginRequest("test", "test"))).access), http.StatusForbidden, "forbidden")
	next := tokensOf(n.ok(t, request{Method: "POST", Path: "/refresh_token", Fields: map[string]any{"refresh_token": admin.refresh}}))
	n.ok(t, get("/auth/hello", next.access))
	n.ok(t, post("/logout", next.access))
	n.refused(t, get("/auth/hello", next.access), http.StatusUnauthorized, "token_revoked")
}

// The tutorial's requests get the tutorial's replies: status and members.
func TestExampleFlaskTutorialAnswersAsTheTutorialDoes(t *testing.T) {
	t.Parallel()
	n := startExample(t, "flask-tutorial")
	if got := n.ok(t, get("/", "")).text("message"); got == "" {
		t.Error("GET / does not greet")
	}
	for name, password := range map[string]string{"user1": "password123", "user2": "password456"} {
		login := n.ok(t, loginRequest(name, password))
		token := login.text("access_token")
		if strings.Count(token, ".") != 2 {
			t.Fatalf("access_token of %s is no JWT", name)
		}
		if got := n.ok(t, get("/protected", token)).raw; got != `{"message":"This is a protected route."}` {
			t.Error(got)
		}
	}
	for name, password := range map[string]string{"user1": "wrong", "user2": "password123", "nobody": "password123"} {
		wrong := n.do(t, loginRequest(name, password))
		if wrong.status != http.StatusUnauthorized || wrong.text("message") != "Invalid credentials" {
			t.Errorf("%s: %d %s", name, wrong.status, wrong.raw)
		}
	}
	n.refused(t, get("/protected", ""), http.StatusUnauthorized, "token_missing")
	n.refused(t, get("/protected", "no.such.token"), http.StatusUnauthorized, "token_invalid")

	// The tutorial does not have these routes.
	user := n.login(t, "user1")
	n.ok(t, post("/logout", tokensOf(n.ok(t, refreshRequest(user.refresh))).access))
	n.dead(t, user.access)
}

func TestExampleFlaskTutorialDoesNotStartWithAShortKey(t *testing.T) {
	t.Parallel()
	built, err := buildExamples()
	if err != nil {
		t.Fatal(err)
	}
	n := launchProgram(t, built["flask-tutorial"], "JWT_SECRET_KEY=your-secret-key")
	if code := n.wait(t); code == 0 || !strings.Contains(n.stderr.String(), "ginauth: Config.JWT.Key") {
		t.Errorf("exit status %d: %s", code, n.stderr)
	}
}

func TestExampleCookiesSPAIsSecureUnlessTold(t *testing.T) {
	t.Parallel()
	n := startExample(t, "cookies-spa")
	secure := n.ok(t, loginRequest("user1", demo["user1"]))
	if lines := strings.Join(secure.header["Set-Cookie"], "\n"); strings.Count(lines, "__Host-") != 2 || strings.Count(lines, "; HttpOnly; Secure; ") != 2 {
		t.Errorf("cookies without INSECURE_COOKIES:\n%s", lines)
	}
}

func TestExampleCookiesSPA(t *testing.T) {
	t.Parallel()
	n := startExample(t, "cookies-spa", "INSECURE_COOKIES=true") // the client speaks plain http
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	send := func(method, path, origin string, form url.Values) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, n.base+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		res, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := send("GET", "/", n.base, nil); status != 200 || !strings.Contains(body, "navigator.locks") {
		t.Errorf("the page: %d %s", status, body)
	}
	if status, body := send("POST", "/login", n.base, url.Values{"username": {"user1"}, "password": {demo["user1"]}}); status != 200 || strings.Contains(body, "_token\":") {
		t.Errorf("login: %d %s", status, body)
	}
	for _, step := range []struct {
		method, path, origin string
		status               int
		body                 string
	}{
		{"GET", "/api/me", n.base, 200, `{"user":"user1"}`},
		{"POST", "/refresh", "https://evil.example", 403, `"cross_origin"`},
		{"POST", "/refresh", n.base, 200, `"session_id"`},
		{"GET", "/api/me", n.base, 200, `{"user":"user1"}`},
		{"POST", "/logout", n.base, 200, `{"code":200}`},
		{"GET", "/api/me", n.base, 401, `"token_missing"`},
	} {
		if status, body := send(step.method, step.path, step.origin, nil); status != step.status || !strings.Contains(body, step.body) {
			t.Errorf("%s %s from %s: %d %s", step.method, step.path, step.origin, status, body)
		}
	}
}

func TestExampleWebSocketEndsWithItsSession(t *testing.T) {
	t.Parallel()
	n := startExample(t, "websocket")
	user := n.login(t, "user1")
	dial := func(header http.Header) (*websocket.Conn, *http.Response, error) {
		return websocket.Dial(t.Context(), n.base+"/echo", &websocket.DialOptions{HTTPClient: client, HTTPHeader: header})
	}
	bearer := http.Header{"Authorization": {"Bearer " + user.access}}
	for name, header := range map[string]http.Header{
		"nobody":       {},
		"another page": {"Authorization": bearer["Authorization"], "Origin": {"https://evil.example"}},
	} {
		if _, res, err := dial(header); err == nil || res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusForbidden { //nolint:bodyclose // the library closes it
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
	conn, _, err := dial(bearer) //nolint:bodyclose // the library closes it
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := conn.Read(t.Context()); err != nil || string(got) != "hello" {
		t.Fatalf("%s %v", got, err)
	}
	events := openEvents(t, n.base+"/events", user.access)

	n.ok(t, post("/logout", user.access))
	_, _, err = conn.Read(t.Context())
	var closed websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != websocket.StatusPolicyViolation || closed.Reason != "revoked" {
		t.Errorf("the connection ended with %v", err)
	}
	rest, err := io.ReadAll(events)
	if text := string(rest); err != nil || !strings.HasPrefix(text, "event:time\n") || !strings.HasSuffix(text, "event:end\ndata:revoked\n\n") {
		t.Errorf("the stream ended with %q, %v", text, err)
	}
}

func openEvents(t *testing.T, address, token string) io.Reader {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	return res.Body
}

func TestExampleRedisIsANodeThatStopsInGoodOrder(t *testing.T) {
	t.Parallel()
	server := realRedis(t)
	n := startExample(t, "redis", server.url())
	user := n.login(t, "user1")
	for _, path := range []string{"/protected", "/payments"} {
		if got := n.ok(t, get(path, user.access)).text("hello"); got != "user1" {
			t.Errorf("%s: hello %q", path, got)
		}
	}
	for range 10 {
		n.refused(t, loginRequest("user1", "guess"), http.StatusUnauthorized, "invalid_credentials")
	}
	n.refused(t, loginRequest("user1", "guess"), http.StatusTooManyRequests, "too_many_attempts")
	n.ok(t, post("/logout", user.access))
	n.dead(t, user.access)
	if code := n.stop(t); code != 0 {
		t.Errorf("exit status %d:\n%s", code, n.stderr)
	}
}
