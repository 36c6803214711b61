package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// losing is a proxy in front of a node that loses the reply to the first refresh: the
// connection breaks in the middle of the reply. Everything else is forwarded.
func losing(t *testing.T, n *node) (base string, lost *atomic.Int32) {
	t.Helper()
	target, err := url.Parse(n.base)
	if err != nil {
		t.Fatal(err)
	}
	lost = new(atomic.Int32)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path == "/refresh" && lost.Add(1) == 1 {
				_, _ = io.Copy(io.Discard, r.Body) // the node has handled the request
				r.Header.Del("Set-Cookie")
				r.Body = http.NoBody // shorter than Content-Length says, so the client sees a broken connection
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL, lost
}

// corsProxy lets pages of every origin send tokens in headers to a node.
func corsProxy(t *testing.T, n *node) (base string) {
	t.Helper()
	target, err := url.Parse(n.base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "authorization, content-type")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestTheClientWorksFromAnotherOrigin(t *testing.T) {
	n := start(t)
	base, w := corsProxy(t, n), newWindow(t)
	w.open(foreignPage(t, "127.0.0.1", ""))
	got := w.run(`import("` + base + `/assets/ginauth-client.js").then(async ({ GinauthClient }) => {
		const auth = new GinauthClient({ base: "` + base + `" });
		const status = async () => (await auth.fetch("/protected")).status;
		const seen = [];
		await auth.login("user1", "password123");
		seen.push(await status());
		await auth.refresh();
		seen.push(await status());
		await auth.logout();
		seen.push(await status());
		return seen.join();
	})`)
	if got != "200,200,401" || n.events(t, "logout") != "1" {
		t.Errorf("answered %v, %s logouts", got, n.events(t, "logout"))
	}
}

func TestALostRefreshReplyIsAskedForAgain(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		base, refreshes := losing(t, n)
		w := newWindow(t)
		w.expected = []string{"net::ERR_"}
		w.withClient(base, options)
		w.clientLogin()
		n.revokeToken(t, w.accessToken())
		if got := w.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
			t.Errorf("answered %v", got)
		}
		if got := refreshes.Load(); got != 2 {
			t.Errorf("%d refreshes were sent, want 2", got)
		}
		for kind, want := range map[string]string{"refresh": "1", "refresh_retry": "1", "refresh_reuse": "0"} {
			if got := n.events(t, kind); got != want {
				t.Errorf("%s: %s, want %s", kind, got, want)
			}
		}
		w.run(`auth.refresh().then(() => {})`) // this uses the successor token
		if got := w.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
			t.Errorf("later answered %v", got)
		}
	})
}
