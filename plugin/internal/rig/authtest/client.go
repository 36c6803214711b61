package authtest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// RequestOption adds something to a request.
type RequestOption func(*http.Request)

// Header adds one header line; a name that is given twice is two lines.
func Header(name, value string) RequestOption {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// Bearer presents an access token; the empty one is none.
func Bearer(token string) RequestOption {
	if token == "" {
		return func(*http.Request) {}
	}
	return Header("Authorization", "Bearer "+token)
}

// Cookie presents a cookie as it is, without the cleaning of net/http.
func Cookie(name, value string) RequestOption { return Header("Cookie", name+"="+value) }

// Body sends bytes under a content type.
func Body(contentType, body string) RequestOption {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", contentType)
		r.Body = io.NopCloser(strings.NewReader(body))
		r.ContentLength = int64(len(body))
	}
}

// Encoding writes text fields as a request body.
type Encoding func(fields map[string]string) RequestOption

// JSON writes fields as a JSON object.
func JSON(fields map[string]string) RequestOption {
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // a map of strings cannot fail
	}
	return Body("application/json", string(body))
}

// Form writes fields as an urlencoded form.
func Form(fields map[string]string) RequestOption {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return Body("application/x-www-form-urlencoded", values.Encode())
}

// Reply is the whole answer to one request.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Serve sends a request to an engine, in this process.
func Serve(tb testing.TB, engine *gin.Engine, method, target string, options ...RequestOption) Reply {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), method, target, http.NoBody)
	for _, option := range options {
		option(request)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, request)
	return Reply{Status: w.Code, Header: w.Result().Header, Body: w.Body.Bytes()}
}

// Do sends a request to the App.
func (a *App) Do(method, target string, options ...RequestOption) Reply {
	a.tb.Helper()
	return Serve(a.tb, a.Engine, method, target, options...)
}

// Get sends a GET with an access token; the empty one is none.
func (a *App) Get(target, access string) Reply {
	a.tb.Helper()
	return a.Do(http.MethodGet, target, Bearer(access))
}

// Login logs a user of Passwords in, and fails the test if that fails.
func (a *App) Login(name string, options ...RequestOption) ginauth.Tokens {
	a.tb.Helper()
	credentials := JSON(map[string]string{"username": name, "password": Passwords[name]})
	reply := a.Do(http.MethodPost, "/login", append(options, credentials)...)
	if reply.Status != http.StatusOK {
		a.tb.Fatalf("login of %s: %s", name, reply)
	}
	return reply.Tokens(a.tb)
}

// Refresh presents a refresh token.
func (a *App) Refresh(refresh string) Reply {
	a.tb.Helper()
	return a.Do(http.MethodPost, "/refresh", JSON(map[string]string{"refresh_token": refresh}))
}

// Refreshed presents a refresh token, and fails the test if it is refused.
func (a *App) Refreshed(refresh string) ginauth.Tokens {
	a.tb.Helper()
	reply := a.Refresh(refresh)
	if reply.Status != http.StatusOK {
		a.tb.Fatalf("refresh: %s", reply)
	}
	return reply.Tokens(a.tb)
}

// Tokens reads a token reply.
func (r Reply) Tokens(tb testing.TB) ginauth.Tokens {
	tb.Helper()
	var tokens ginauth.Tokens
	if err := json.Unmarshal(r.Body, &tokens); err != nil {
		tb.Fatalf("%v in %s", err, r)
	}
	return tokens
}

// Members reads the body as a JSON object; nil if it is none.
func (r Reply) Members() map[string]any {
	var members map[string]any
	if json.Unmarshal(r.Body, &members) != nil {
		return nil
	}
	return members
}

// Names are the sorted names of the body's members.
func (r Reply) Names() []string { return slices.Sorted(maps.Keys(r.Members())) }

// Word is the error word of a refusal, "" if there is none.
func (r Reply) Word() string {
	word, _ := r.Members()["error"].(string)
	return word
}

// String is for messages of failed tests.
func (r Reply) String() string {
	return http.StatusText(r.Status) + " " + strings.TrimSpace(string(r.Body))
}
