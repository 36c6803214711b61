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

// RequestOption changes a request before it is sent.
type RequestOption func(*http.Request)

// Header adds one header line. Two calls with the same name send two lines.
func Header(name, value string) RequestOption {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// Bearer presents an access token. An empty token is not presented.
func Bearer(token string) RequestOption {
	if token == "" {
		return func(*http.Request) {}
	}
	return Header("Authorization", "Bearer "+token)
}

// Cookie sends a cookie exactly as given, without the sanitizing of net/http.
func Cookie(name, value string) RequestOption { return Header("Cookie", name+"="+value) }

// Body sends a body with a content type.
func Body(contentType, body string) RequestOption {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", contentType)
		r.Body = io.NopCloser(strings.NewReader(body))
		r.ContentLength = int64(len(body))
	}
}

// Encoding turns text fields into a request body.
type Encoding func(fields map[string]string) RequestOption

// JSON encodes fields as a JSON object.
func JSON(fields map[string]string) RequestOption {
	body, err := json.Marshal(fields)
	if err != nil {
		panic(err) // cannot happen for a map of strings
	}
	return Body("application/json", string(body))
}

// Form encodes fields as a urlencoded form.
func Form(fields map[string]string) RequestOption {
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return Body("application/x-www-form-urlencoded", values.Encode())
}

// Reply is the whole response to one request.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Serve passes a request to an engine in this process.
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

// Do sends a request to the [App].
func (a *App) Do(method, target string, options ...RequestOption) Reply {
	a.tb.Helper()
	return Serve(a.tb, a.Engine, method, target, options...)
}

// Get sends a GET with an access token. An empty token is not presented.
func (a *App) Get(target, access string) Reply {
	a.tb.Helper()
	return a.Do(http.MethodGet, target, Bearer(access))
}

// Login logs in a user of [Passwords], and fails the test if that fails.
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

// Tokens decodes a token reply.
func (r Reply) Tokens(tb testing.TB) ginauth.Tokens {
	tb.Helper()
	var tokens ginauth.Tokens
	if err := json.Unmarshal(r.Body, &tokens); err != nil {
		tb.Fatalf("%v in %s", err, r)
	}
	return tokens
}

// Members decodes the body as a JSON object. It returns nil if the body is not one.
func (r Reply) Members() map[string]any {
	var members map[string]any
	if json.Unmarshal(r.Body, &members) != nil {
		return nil
	}
	return members
}

// Names returns the sorted names of the body's members.
func (r Reply) Names() []string { return slices.Sorted(maps.Keys(r.Members())) }

// Word returns the error word of a refusal, or "" if the reply has none.
func (r Reply) Word() string {
	word, _ := r.Members()["error"].(string)
	return word
}

// String describes the reply for the message of a failed test.
func (r Reply) String() string {
	return http.StatusText(r.Status) + " " + strings.TrimSpace(string(r.Body))
}
