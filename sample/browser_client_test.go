package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// These tests run the browser client without the demo page, on a page of the node's own origin
// that loads nothing else.

// withClient loads the client into the tab as auth. options is the JavaScript source of its
// options.
func (w *window) withClient(base, options string) {
	w.t.Helper()
	w.open(base + "/healthz")
	w.run(`import("/assets/ginauth-client.js").then(({ GinauthClient, GinauthError }) => {
		globalThis.auth = new GinauthClient(` + options + `);
		globalThis.told = [];
		auth.addEventListener("change", ({ detail }) => told.push([detail.what, detail.reason, detail.elsewhere].join(":")));
		globalThis.word = (promise) => promise.then(() => "", (error) => error instanceof GinauthError ? error.word : error.name);
	})`)
}

func (w *window) clientLogin() {
	w.t.Helper()
	w.run(`auth.login("user1", "password123")`)
}

// accessToken returns the token that the tab's requests carry.
func (w *window) accessToken() string {
	w.t.Helper()
	if token, ok := w.run(`auth.session.accessToken ?? ""`).(string); ok && token != "" {
		return token
	}
	found, err := chromedp.Call(w.ctx, network.GetCookies, network.GetCookiesParams{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, cookie := range found.Cookies {
		if cookie.Name == "__Host-access_token" {
			return cookie.Value
		}
	}
	w.t.Fatal("no access token")
	return ""
}

// revokeToken has an admin revoke one access token. The session stays alive, so a refresh
// brings another token.
func (n *node) revokeToken(t *testing.T, token string) {
	t.Helper()
	login := n.ok(t, loginRequest("admin", demo["admin"]))
	admin := tokensOf(login)
	for _, cookie := range (&http.Response{Header: login.header}).Cookies() {
		if cookie.Name == "__Host-access_token" {
			admin.access = cookie.Value // cookie mode accepts the token in the header too
		}
	}
	n.ok(t, revocation(admin, map[string]any{"token": token}))
}

// events returns how often this node has counted events of a kind.
func (n *node) events(t *testing.T, kind string) string {
	t.Helper()
	_, after, _ := strings.Cut(n.do(t, get("/metrics", "")).raw, `ginauth_events_total{kind="`+kind+`"} `)
	count, _, _ := strings.Cut(after, "\n")
	return count
}

// inBothModes runs a test in header and in cookie mode, with one login for all tabs of a
// browser.
func inBothModes(t *testing.T, test func(t *testing.T, n *node, options string)) {
	t.Helper()
	t.Run("header", func(t *testing.T) {
		t.Parallel()
		test(t, start(t), `{ storage: localStorage }`)
	})
	t.Run("cookie", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, "COOKIES=true"), `{ mode: "cookie" }`)
	})
}

func TestTwentyTabsAtOnceMakeOneRefresh(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		tabs := []*window{newWindow(t)}
		tabs[0].withClient(n.base, options)
		tabs[0].clientLogin()
		for len(tabs) < 20 {
			tab := tabs[0].tab()
			tab.withClient(n.base, options)
			tabs = append(tabs, tab)
		}
		// The access token is revoked but the session lives, so every call of every tab needs
		// a refresh.
		n.revokeToken(t, tabs[0].accessToken())
		answers := make(chan any, len(tabs))
		for _, tab := range tabs {
			go func() {
				got, err := tab.try(`Promise.all([1, 2, 3, 4, 5].map(() => auth.fetch("/protected").then((r) => r.status))).then(String)`)
				if err != nil {
					got = err
				}
				answers <- got
			}()
		}
		for range tabs {
			if got := <-answers; got != "200,200,200,200,200" {
				t.Errorf("a tab was answered %v", got)
			}
		}
		for kind, want := range map[string]string{"refresh": "1", "refresh_retry": "0", "refresh_reuse": "0"} {
			if got := n.events(t, kind); got != want {
				t.Errorf("%s: %s, want %s", kind, got, want)
			}
		}
		for _, tab := range tabs {
			tab.until(`auth.session !== null`)
		}
	})
}

func TestALogoutIsHeardInTheOtherTab(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		w := newWindow(t)
		w.withClient(n.base, options)
		w.clientLogin()
		other := w.tab()
		other.withClient(n.base, options)
		if got := other.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
			t.Fatalf("the other tab shares no login: %v", got)
		}
		w.run(`auth.logout()`)
		other.until(`told.includes("signed-out:logout:true") && auth.session === null`)
		if got := other.run(`auth.fetch("/protected").then((r) => r.status)`); got != 401.0 {
			t.Errorf("signed out, and answered %v", got)
		}
		w.clientLogin()
		other.until(`told.at(-1) === "signed-in::true" && auth.session !== null`)
	})
}

func TestTabsWithLoginsOfTheirOwnAreLeftAlone(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	other, stranger := w.tab(), w.tab()
	for _, tab := range []*window{w, other, stranger} {
		tab.withClient(n.base, "{}")
	}
	w.clientLogin()
	other.clientLogin()
	for _, tab := range []*window{other, stranger} {
		tab.run(`void (new BroadcastChannel("ginauth").onmessage = ({ data }) => { globalThis.last = data.ended })`)
	}
	w.run(`auth.logout()`)
	w.run(`new BroadcastChannel("ginauth").postMessage({ ended: "marker" })`) // arrives after the logout
	for tab, want := range map[*window]string{other: "signed-in::false", stranger: ""} {
		tab.until(`globalThis.last === "marker"`)
		if got := tab.run(`told.join()`); got != want {
			t.Errorf("a tab was told %q, want %q", got, want)
		}
	}
	if got := other.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
		t.Errorf("the other login: %v", got)
	}
}

func TestADuplicatedTabFollowsTheOriginal(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	w.withClient(n.base, "{}")
	w.clientLogin()
	copied := w.opened(func() { w.run(`void open("/healthz")`) }) // this opens the tab with a copy of the sessionStorage
	copied.withClient(n.base, "{}")
	for range 3 {
		w.run(`auth.refresh().then(() => {})`)
	}
	token, _ := json.Marshal(w.accessToken())
	copied.until(fmt.Sprintf(`auth.session.accessToken === %s`, token))
	copied.run(`auth.refresh().then(() => {})`)
	for _, tab := range []*window{w, copied} {
		if got := tab.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
			t.Errorf("%v", got)
		}
	}
	if got := n.events(t, "refresh_reuse"); got != "0" {
		t.Errorf("%s reuses", got)
	}
}

func TestTheClientRefreshesAheadOfTheExpiry(t *testing.T) {
	n := start(t, "ACCESS_TTL=3s")
	w := newWindow(t)
	w.withClient(n.base, "{}")
	w.clientLogin()
	w.until(`told.filter((what) => what.startsWith("refreshed")).length >= 2`) // the client refreshes without being asked
	w.until(`auth.session.accessExpiresAt > Date.now()`)
}

func TestARefusedRefreshSignsOutAndAnOutageDoesNot(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	w.withClient(n.base, `{ transport: (request) => globalThis.down ? Promise.reject(new TypeError("down")) : fetch(request) }`)
	w.clientLogin()
	if got := w.run(`globalThis.down = true, word(auth.refresh())`); got != "unreachable" {
		t.Errorf("an outage is called %v", got)
	}
	if got := w.run(`globalThis.down = false, auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
		t.Errorf("after the outage: %v", got)
	}
	n.ok(t, revocation(n.login(t, "admin"), map[string]any{"subject": "user1"}))
	if got := w.run(`auth.fetch("/protected").then((r) => r.status)`); got != 401.0 {
		t.Errorf("a revoked session was answered %v", got)
	}
	w.until(`told.at(-1) === "signed-out:invalid_grant:false" && auth.session === null`)
	if got := w.run(`word(auth.fetch("http://localhost:1/"))`); got != "TypeError" {
		t.Errorf("a token for another origin: %v", got)
	}
}

// In cookie mode a refresh that is answered after a login would replace the login's cookies
// with those of the previous session. The login therefore waits for the refresh.
func TestALoginWaitsForARefreshInCookieMode(t *testing.T) {
	n := start(t, "COOKIES=true")
	w := newWindow(t)
	w.withClient(n.base, `{ mode: "cookie", transport: async (request) => {
		const path = new URL(request.url).pathname;
		if (path === "/refresh") await new Promise((resolve) => setTimeout(resolve, 300));
		const response = await fetch(request);
		(globalThis.answered ??= []).push(path);
		return response;
	} }`)
	w.clientLogin()
	if got := w.run(`Promise.all([auth.refresh(), auth.login("user2", "password456")]).then(() => answered.join())`); got != "/login,/refresh,/login" {
		t.Errorf("answered in this order: %v", got)
	}
	if got := w.run(`auth.fetch("/protected").then((r) => r.text())`); !strings.Contains(fmt.Sprint(got), "user2") {
		t.Errorf("signed in as another: %v", got)
	}
}

// A new password ends the session, in which other tabs and a refresh under way still believe.
func TestANewPasswordLeavesNoTabBehind(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		w := newWindow(t)
		w.withClient(n.base, options)
		w.clientLogin()
		other := w.tab()
		other.withClient(n.base, options)
		change := `auth.replace("/protected/password", { old_password: "password123", new_password: "a new password 11" })`
		if got := w.run(`auth.replace("/protected/password", { old_password: "wrong", new_password: "a new password 11" }).catch((e) => e.word)`); got != "forbidden" {
			t.Errorf("a wrong password: %v", got)
		}
		w.run(`globalThis.before = auth.session.sessionId`)
		w.run(`Promise.all([` + change + `, auth.refresh(), auth.refresh()])`)
		for name, tab := range map[string]*window{"the same tab": w, "the other tab": other} {
			if got := tab.run(`auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
				t.Errorf("%s: %v", name, got)
			}
			tab.run(`auth.refresh()`)
		}
		if w.run(`auth.session.sessionId === before`).(bool) {
			t.Error("the session is still the old one")
		}
	})
}
