package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var client = &http.Client{
	Timeout:       10 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// request is what a test sends. The body is Raw with ContentType, or Fields as JSON or, with
// Form, urlencoded.
type request struct {
	Method, Path string
	Token        string // a Bearer token
	Fields       map[string]any
	Form         bool
	Raw          string
	ContentType  string
	Header       map[string]string
}

// reply is the response to a request.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any // nil unless it is a JSON object
	took   time.Duration
}

func (r reply) text(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func (r reply) number(name string) int {
	f, _ := r.body[name].(float64)
	return int(f)
}

// try sends a request and does not judge the reply, so other goroutines can use it.
func (n *node) try(t *testing.T, q request) (reply, error) {
	body, contentType := q.Raw, q.ContentType
	switch {
	case q.Form:
		form := url.Values{}
		for name, value := range q.Fields {
			form.Set(name, value.(string))
		}
		body, contentType = form.Encode(), "application/x-www-form-urlencoded"
	case q.Fields != nil:
		raw, err := json.Marshal(q.Fields)
		if err != nil {
			return reply{}, err
		}
		body, contentType = string(raw), "application/json"
	}
	r, err := http.NewRequestWithContext(t.Context(), q.Method, n.base+q.Path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if q.Token != "" {
		r.Header.Set("Authorization", "Bearer "+q.Token)
	}
	for name, value := range q.Header {
		r.Header.Set(name, value)
	}
	start := time.Now()
	res, err := client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	got := reply{status: res.StatusCode, header: res.Header, raw: string(raw), took: time.Since(start)}
	if strings.HasPrefix(got.raw, "{") {
		err = json.Unmarshal(raw, &got.body)
	}
	if n.sample {
		holdAgainstDescription(t, r, body, got)
	}
	n.canary.hear(q, got)
	return got, err
}

func (n *node) do(t *testing.T, q request) reply {
	t.Helper()
	got, err := n.try(t, q)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", q.Method, q.Path, err, n.stderr)
	}
	return got
}

// ok sends a request and fails the test unless the reply is 200.
func (n *node) ok(t *testing.T, q request) reply {
	t.Helper()
	got := n.do(t, q)
	if got.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s, want 200", q.Method, q.Path, got.status, got.raw)
	}
	return got
}

// refused sends a request and fails the test unless the reply is the given row of the error
// table.
func (n *node) refused(t *testing.T, q request, status int, word string) reply {
	t.Helper()
	got := n.do(t, q)
	checkRefusal(t, q, got, status, word)
	return got
}

// checkRefusal compares a reply with its row of the error table and with the rules for every
// row.
func checkRefusal(t *testing.T, q request, got reply, status int, word string) {
	t.Helper()
	if got.status != status || got.text("error") != word {
		t.Errorf("%s %s: %d %s, want %d %s", q.Method, q.Path, got.status, got.raw, status, word)
		return
	}
	if len(got.body) != 3 || got.number("code") != status || got.text("message") == "" {
		t.Errorf("%s %s: not the shape of an error: %s", q.Method, q.Path, got.raw)
	}
	challenge := got.header.Get("WWW-Authenticate")
	if (status == http.StatusUnauthorized) != strings.HasPrefix(challenge, `Bearer realm="`) {
		t.Errorf("%s %s: %d with WWW-Authenticate %q", q.Method, q.Path, status, challenge)
	}
	waits := status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
	if waits != (got.header.Get("Retry-After") != "") {
		t.Errorf("%s %s: %d with Retry-After %q", q.Method, q.Path, status, got.header.Get("Retry-After"))
	}
}

// tokens are the members of a token reply.
type tokens struct{ access, refresh, session string }

func tokensOf(r reply) tokens {
	return tokens{r.text("access_token"), r.text("refresh_token"), r.text("session_id")}
}

// demo has the passwords of the demo users by name.
var demo = map[string]string{"user1": "password123", "user2": "password456", "admin": "admin-password-789"}

func loginRequest(name, password string) request {
	return request{Method: "POST", Path: "/login", Fields: map[string]any{"username": name, "password": password}}
}

func (n *node) login(t *testing.T, name string) tokens {
	t.Helper()
	return tokensOf(n.ok(t, loginRequest(name, demo[name])))
}

func refreshRequest(token string) request {
	return request{Method: "POST", Path: "/refresh", Fields: map[string]any{"refresh_token": token}}
}

func get(path, token string) request  { return request{Method: "GET", Path: path, Token: token} }
func post(path, token string) request { return request{Method: "POST", Path: path, Token: token} }

// alive fails the test unless an access token is accepted; dead is the opposite.
func (n *node) alive(t *testing.T, token string) {
	t.Helper()
	n.ok(t, get("/protected", token))
}

func (n *node) dead(t *testing.T, token string) {
	t.Helper()
	n.refused(t, get("/protected", token), http.StatusUnauthorized, "token_revoked")
}

// soonDead is dead for a node that did not do the revocation: the news takes milliseconds,
// plus the pauses of a machine under test.
func (n *node) soonDead(t *testing.T, token string) {
	t.Helper()
	eventually(t, 3*time.Second, func() bool {
		got, err := n.try(t, get("/protected", token))
		return err == nil && got.text("error") == "token_revoked"
	})
}

func (n *node) deadRefresh(t *testing.T, token string) {
	t.Helper()
	n.refused(t, refreshRequest(token), http.StatusUnauthorized, "invalid_grant")
}

func containsChallenge(r reply, part string) bool {
	return strings.Contains(r.header.Get("WWW-Authenticate"), part)
}
