package main

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTheClientReadsWhatNetHTTPServes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte(r.Method + r.Header.Get("Authorization")))
	}))
	defer server.Close()
	c, err := dial(context.Background(), strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	c.deadline(10 * time.Second)
	for _, row := range []struct {
		request []byte
		status  int
		body    string
	}{
		{getRequest("/x", "a.b.c"), 200, "GETBearer a.b.c"},
		{getRequest("/refused", ""), 401, "GET"},
		{loginRequest("name"), 200, "POST"},
		{refreshRequest("token"), 200, "POST"},
	} {
		status, body, err := c.do(row.request)
		if err != nil || status != row.status || string(body) != row.body {
			t.Errorf("%d %q %v, want %d %q", status, body, err, row.status, row.body)
		}
		if _, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(row.request)))); err != nil {
			t.Errorf("no request: %v", err)
		}
	}
}

// A server must not win by refusing quickly.
func TestARefusalEndsTheLoad(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	defer server.Close()
	l, err := newLoader(context.Background(), bareNoToken, protected, strings.TrimPrefix(server.URL, "http://"), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	if s, err := l.run(10 * time.Millisecond); err == nil {
		t.Errorf("%v requests a second", s.rate)
	}
}
