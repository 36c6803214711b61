package main_test

import (
	"fmt"
	"testing"
)

// A browser client must never need its user to clear the site's data.

func TestJunkInTheStorageLocksNobodyOut(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		w := newWindow(t)
		for _, junk := range []string{
			`"{"`, `"null"`, `"17"`, `"[]"`, `"\"text\""`, `"{}"`, `'{"sessionId":"x"}'`,
			`'{"sessionId":7,"obtainedAt":1,"accessExpiresAt":2,"refreshExpiresAt":3,"accessToken":"x","refreshToken":"y"}'`,
			`'{"sessionId":"x","obtainedAt":"1","accessExpiresAt":2,"refreshExpiresAt":3,"accessToken":"x","refreshToken":"y"}'`,
		} {
			w.open(n.base + "/healthz")
			w.run(`localStorage.setItem("ginauth", ` + junk + `)`)
			w.withClient(n.base, options)
			if got := w.run(`auth.session === null`); got != true {
				t.Errorf("%s is a session", junk)
			}
			w.run(`word(auth.logout())`)
			w.clientLogin()
			if got := w.run(`auth.refresh().then(() => auth.fetch("/protected")).then((r) => r.status)`); got != 200.0 {
				t.Errorf("after %s: %v", junk, got)
			}
			w.run(`localStorage.setItem("ginauth", ` + junk + `)`) // while the client runs
			w.run(`auth.fetch("/protected").then((r) => r.status)`)
			w.clientLogin()
		}
	})
}

// A tab that hangs, in a debugger for example, keeps its lock. The other tabs still get tokens.
func TestALockOfATabThatHangsIsPassedOver(t *testing.T) {
	inBothModes(t, func(t *testing.T, n *node, options string) {
		tabs := []*window{newWindow(t)}
		tabs[0].withClient(n.base, options)
		tabs[0].clientLogin()
		for range 2 {
			tab := tabs[0].tab()
			tab.withClient(n.base, options)
			tabs = append(tabs, tab)
		}
		grave := tabs[0].tab()
		grave.open(n.base + "/healthz")
		grave.run(`Promise.all(["ginauth", "ginauth " + JSON.parse(localStorage.getItem("ginauth")).sessionId].map((name) =>
			new Promise((held) => void navigator.locks.request(name, () => new Promise(() => held()))))).then(() => {})`)
		answers := make(chan any, len(tabs))
		for _, tab := range tabs {
			tab.run(`void (AbortSignal.timeout = ((real) => (ms) => real.call(AbortSignal, ms === 15_000 ? 50 : ms))(AbortSignal.timeout))`)
		}
		for _, tab := range tabs {
			go func() {
				got, err := tab.try(`auth.refresh().then(() => auth.fetch("/protected")).then((r) => r.status)`)
				if err != nil {
					got = err
				}
				answers <- got
			}()
		}
		for range tabs {
			if got := <-answers; fmt.Sprint(got) != "200" {
				t.Errorf("a tab was answered %v", got)
			}
		}
		if got := n.events(t, "refresh_reuse"); got != "0" {
			t.Errorf("%s reuses", got)
		}
		tabs[1].clientLogin() // in cookie mode a login waits for the lock too
	})
}

// A refresh that would wait for an hour would keep the other tabs waiting as long.
func TestALongRetryAfterIsNotWaitedFor(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	w.withClient(n.base, `{ transport: (request) => globalThis.down ? new Response("", { status: 503, headers: { "Retry-After": "3600" } }) : fetch(request) }`)
	w.clientLogin()
	if got := w.run(`globalThis.down = true, auth.refresh().then(() => 0, (error) => error.retryAfter)`); got != 3600.0 {
		t.Errorf("told %v", got)
	}
	if got := w.run(`globalThis.down = false, auth.fetch("/protected").then((r) => r.status)`); got != 200.0 {
		t.Errorf("after the outage: %v", got)
	}
}
