package main_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
)

// credentialed is a node with CORS rules that allow one origin credentials, as an application
// has them for its development server.
func credentialed(t *testing.T, n *node, origin string) (base string) {
	t.Helper()
	target, err := url.Parse(n.base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Allow-Headers", "content-type")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// journeyOfPage logs in, reads, refreshes, ends other sessions and logs out, and returns the
// statuses.
const journeyOfPage = `(async () => {
	const seen = [];
	const send = async (method, path, body) => {
		const options = { method, credentials: "include" };
		if (body) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
		seen.push((await fetch(api + path, options)).status);
	};
	await send("POST", "/login", { username: "user1", password: "password123" });
	await send("GET", "/protected");
	await send("POST", "/refresh");
	await send("POST", "/logout/others");
	await send("POST", "/logout");
	await send("GET", "/protected");
	return seen.join();
})()`

func TestAPageOfAnotherPortWorksWithCookies(t *testing.T) {
	page := foreignPage(t, "127.0.0.1", "")
	for _, row := range []struct{ trusted, want string }{
		{page + ", https://app.example.com", "200,200,200,200,200,401"},
		{"https://app.example.com", "403,200,403,403,403,200"},
		{"", "403,200,403,403,403,200"},
	} {
		t.Run(row.trusted, func(t *testing.T) {
			n := start(t, "COOKIES=true", "INSECURE_COOKIES=true", "TRUSTED_ORIGINS="+row.trusted)
			api, w := credentialed(t, n, page), newWindow(t)
			w.open(api) // the browser is logged in by the application's own page
			w.run(`fetch("/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"username":"user1","password":"password123"}' }).then(() => {})`)
			w.open(page)
			if got := w.run(`(() => { const api = "` + api + `"; return ` + journeyOfPage + ` })()`); got != row.want {
				t.Errorf("answered %v, want %s", got, row.want)
			}
		})
	}
}

// Nodes with different settings: the node that gets the request judges it.
func TestEachNodeTrustsItsOwnOrigins(t *testing.T) {
	t.Parallel()
	const origin = "https://app.example.com"
	trusts, cookies := cookieNode(t, "TRUSTED_ORIGINS="+origin)
	strange := start(t, "COOKIES=true")
	unsafe := request{Method: "POST", Path: "/logout/others", Header: map[string]string{"Cookie": cookies, "Origin": origin, "Sec-Fetch-Site": "same-site"}}
	strange.refused(t, unsafe, http.StatusForbidden, "cross_origin")
	trusts.ok(t, unsafe)
	unsafe.Header["Origin"] = "https://other.example.com"
	trusts.refused(t, unsafe, http.StatusForbidden, "cross_origin")
}
