package main_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// devServer serves the page on a port of its own and sends /api to the node under the node's own
// Host, as development servers do. It counts the refreshes that succeeded.
func devServer(t *testing.T, page string) (server *httptest.Server, target *atomic.Pointer[url.URL], refreshes *atomic.Int32) {
	t.Helper()
	target, refreshes = new(atomic.Pointer[url.URL]), new(atomic.Int32)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target.Load()) },
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path == "/api/refresh_token" && r.StatusCode == http.StatusOK {
				refreshes.Add(1)
			}
			return nil
		},
	}
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			proxy.ServeHTTP(w, r)
			return
		}
		http.ServeFile(w, r, page)
	}))
	t.Cleanup(server.Close)
	return server, target, refreshes
}

// The page of a gin-jwt project, which knows no refresh token, goes on past the end of its access
// token, and is out after its logout.
func TestExampleSPAOfGinJWTRefreshesWithItsCookie(t *testing.T) {
	w := newWindow(t)
	server, target, refreshes := devServer(t, filepath.Join("examples", "gin-jwt-spa", "index.html"))
	n := startExample(t, "gin-jwt-spa", "ACCESS_TTL=1s", "PAGE_ORIGIN="+server.URL)
	to, err := url.Parse(n.base)
	if err != nil {
		t.Fatal(err)
	}
	target.Store(to)

	w.open(server.URL + "/")
	w.click("#login button")
	w.sees("#out", `200 {"code":200,"expire":`)
	if got := w.run(`document.cookie`); got != "" {
		t.Errorf("scripts read %v", got)
	}
	for refreshes.Load() < 2 { // each after a token that has expired
		before := refreshes.Load()
		w.run(`(async () => { while ((await fetch("/api/me")).ok) await new Promise((r) => setTimeout(r, 50)) })()`)
		w.run(`document.getElementById("out").textContent = ""`)
		w.click("#me")
		w.sees("#out", `200 {"user":"user1"}`)
		if refreshes.Load() == before {
			t.Fatal("the page went on without a refresh")
		}
	}
	w.click("#logout")
	w.sees("#out", `200 {"code":200}`)
	w.click("#me")
	w.sees("#out", `401`)

	// A page of another site cannot log its visitor in.
	evil := loginRequest("user1", demo["user1"])
	evil.Path, evil.Header = "/api/login", map[string]string{"Origin": "https://evil.example"}
	n.refused(t, evil, http.StatusForbidden, "cross_origin")
}
