package main_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// description is docs/openapi.yaml. (*node).try compares every reply of a node with it.
type description struct {
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool // "METHOD path status", with the node's address in front
}

var described = sync.OnceValues(func() (*description, error) {
	for _, text := range []string{"text/event-stream", "text/html", "text/css", "text/javascript", "image/svg+xml"} {
		openapi3filter.RegisterBodyDecoder(text, openapi3filter.PlainBodyDecoder)
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile("../docs/openapi.yaml")
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(loader.Context); err != nil {
		return nil, err
	}
	doc.Servers = nil // the nodes listen on other ports
	router, err := legacy.NewRouter(doc)
	return &description{doc: doc, router: router, seen: map[string]bool{}}, err
})

// holdAgainstDescription fails the test if the reply is not among those described.
func holdAgainstDescription(t *testing.T, r *http.Request, body string, got reply) {
	t.Helper()
	d, err := described()
	if err == nil {
		err = d.judge(t, r, body, got)
	}
	if err != nil {
		t.Errorf("%s %s: %d is not as docs/openapi.yaml says: %v", r.Method, r.URL.Path, got.status, err)
	}
}

func (d *description) judge(t *testing.T, r *http.Request, body string, got reply) error {
	request := r.Clone(t.Context())
	request.URL.Host, request.URL.Scheme = "", ""
	request.Body = io.NopCloser(strings.NewReader(body))
	if r.Method == http.MethodHead { // described as GET, without the body
		request.Method = http.MethodGet
	}
	if got.status == http.StatusRequestHeaderFieldsTooLarge {
		return nil // net/http answered before any route
	}
	if got.header.Get("X-Content-Type-Options") != "nosniff" {
		return errors.New("a browser may guess its type: no nosniff")
	}
	route, params, err := d.router.FindRoute(request)
	if err == nil && len(request.URL.Path) > 1 && strings.HasSuffix(request.URL.Path, "/") {
		err = routers.ErrPathNotFound // the router accepts more paths than the sample
	}
	if err != nil {
		return d.judgeOutside(r, got, err)
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	d.note(r.URL.Host, route, got.status)
	if r.Method == http.MethodHead {
		if route.Operation.Responses.Status(got.status) == nil || got.raw != "" {
			return errors.New("HEAD does not answer as GET does")
		}
		return nil
	}
	if got.status == http.StatusOK {
		if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
			return fmt.Errorf("a request that is not described was served: %w", err)
		}
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header, Options: input.Options,
	}
	return openapi3filter.ValidateResponse(t.Context(), response.SetBodyBytes([]byte(got.raw)))
}

// judgeOutside checks replies to requests that no route matches.
func (d *description) judgeOutside(r *http.Request, got reply, notFound error) error {
	want := http.StatusNotFound
	if notFound.Error() == routers.ErrMethodNotAllowed.Error() { // the router wraps only the text of the error
		want = http.StatusMethodNotAllowed
		if r.Method == http.MethodOptions {
			want = http.StatusNoContent
		}
	}
	if got.status != want {
		return fmt.Errorf("%w, and the status is not %d", notFound, want)
	}
	if want == http.StatusNoContent || r.Method == http.MethodHead {
		return nil
	}
	return d.doc.Components.Schemas["Error"].Value.VisitJSON(got.body)
}

func (d *description) note(host string, route *routers.Route, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[fmt.Sprint(host, " ", route.Method, " ", route.Path, " ", status)] = true
}

// hasSeen reports whether one of the nodes has answered with this status.
func (d *description) hasSeen(method, path, status string, nodes ...*node) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(nodes, func(n *node) bool {
		return d.seen[strings.Join([]string{strings.TrimPrefix(n.base, "http://"), method, path, status}, " ")]
	})
}
