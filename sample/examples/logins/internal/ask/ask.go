// Package ask sends requests to the example programs. It is for their tests only.
package ask

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Request is one request to a handler. The zero value of a member leaves it out.
type Request struct {
	Token  string            // the access token, in the header
	Fields map[string]string // of a JSON body
	Site   string            // what a browser says in Sec-Fetch-Site
	From   string            // the client's address
}

// Reply is what the handler answered. Body is nil unless it is a JSON object.
type Reply struct {
	Status int
	Header http.Header
	Body   map[string]any
	Raw    string
}

// Text returns a member of the body, "" if it is no text.
func (r Reply) Text(member string) string {
	text, _ := r.Body[member].(string)
	return text
}

// Post sends a request with an unsafe method.
func Post(t *testing.T, handler http.Handler, path string, r Request) Reply {
	t.Helper()
	var body []byte
	if r.Fields != nil {
		var err error
		if body, err = json.Marshal(r.Fields); err != nil {
			t.Fatal(err)
		}
	}
	return send(t, handler, http.MethodPost, path, string(body), r)
}

// Get sends a request that changes nothing.
func Get(t *testing.T, handler http.Handler, path, token string) Reply {
	t.Helper()
	return send(t, handler, http.MethodGet, path, "", Request{Token: token})
}

func send(t *testing.T, handler http.Handler, method, path, body string, r Request) Reply {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if r.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Site != "" {
		request.Header.Set("Sec-Fetch-Site", r.Site)
	}
	if r.From != "" {
		request.RemoteAddr = net.JoinHostPort(r.From, "40000")
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request)
	reply := Reply{Status: w.Code, Header: maps.Clone(w.Header()), Raw: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &reply.Body) // stays nil if the body is no object
	return reply
}

// Refused checks a reply's status and its error word.
func Refused(t *testing.T, got Reply, status int, word string) {
	t.Helper()
	if got.Status != status || got.Text("error") != word {
		t.Errorf("%d %s, not %d %s", got.Status, got.Raw, status, word)
	}
}

// Me checks that a token opens /me, which answers with this user.
func Me(t *testing.T, handler http.Handler, token, user string) {
	t.Helper()
	if got := Get(t, handler, "/me", token); got.Status != http.StatusOK || got.Text("user") != user {
		t.Errorf("/me: %d %s, not %s", got.Status, got.Raw, user)
	}
}
