package main_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// These selectors find the two cards of the demo page.
const (
	first  = ".device:nth-child(1) "
	second = ".device:nth-child(2) "
	rows   = "#sessions [data-list] > li"
)

// signIn logs in with the form of a card and waits for its live connection.
func (w *window) signIn(card, user string) {
	w.t.Helper()
	w.click(card + "[data-name=" + user + "]")
	w.click(card + "[type=submit]")
	w.sees(card+"[data-user]", user)
	w.sees(card+"[data-live]", "live")
}

// done waits until a step of the list at the top is ticked off.
func (w *window) done(step string) {
	w.t.Helper()
	w.until(`document.querySelector("[data-step=` + step + `].done")`)
}

// listed waits until the session list has a number of entries.
func (w *window) listed(count string) {
	w.t.Helper()
	w.until(`document.querySelectorAll("` + rows + `").length == ` + count)
}

// asPhone gives the tab the User-Agent of another kind of device.
func (w *window) asPhone() {
	w.t.Helper()
	const agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
	if _, err := chromedp.Call(w.ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent}); err != nil {
		w.t.Fatal(err)
	}
}

// The page shows a time for a dropped connection when this window, or the one that opened it,
// caused the drop.
const (
	dropped = "Revoked: the server closed the live connection"
	timed   = `/closed the live connection [\d.]+ ms after the click/`
)

func TestDemoPageInHeaderMode(t *testing.T) {
	n := start(t)
	w, phone := newWindow(t), newWindow(t)
	w.open(n.base)

	w.signIn(first, "user1")
	w.done("login")
	w.sees(first+"[data-claims]", "token_use")
	w.until(`/^1[45]:\d\d$/.test(document.querySelector("[data-left]").textContent)`)
	w.click(first + "[data-do=call]")
	w.done("call")
	w.until(`document.querySelector("#log [data-path='/protected'] pre").textContent.includes("-H 'Authorization: Bearer eyJ")`)
	w.click(first + "[data-do=refresh]")
	w.sees(first+"[data-generation]", "2")

	w.signIn(second, "user1")
	w.listed("2")
	w.done("second")
	w.click(rows + ":nth-child(1) button") // the newest: the second device
	w.until(timed + `.test(document.querySelector("` + second + `.banner").innerText)`)
	w.sees(second+"[data-live]", "dropped")
	w.done("drop")
	w.listed("1")

	w.signIn(second, "user1")
	phone.asPhone()
	phone.open(n.base)
	phone.signIn(first, "user1")
	w.click(first + "[data-do=refresh]") // a refresh reloads the list
	w.sees("#sessions", "Safari on iPhone")
	w.click("#sessions [data-do=others]")
	w.sees(second+".banner", dropped)
	phone.sees(first+".banner", dropped)

	w.click(first + "[data-do=replay]")
	w.done("theft")
	w.sees(first+".banner", dropped)
	w.click(first + "[data-do=ghost]")
	w.sees(first+".banner", "Access token: token_revoked. Refresh token: invalid_grant.")

	w.signIn(first, "user1")
	w.signIn(second, "user1")
	w.listed("2")
	w.click("#sessions [data-do=all]")
	w.sees(second+".banner", dropped)
	// The reply races with the end of the live connection; either one informs this device.
	w.until(`/Signed out|Revoked/.test(document.querySelector(".banner").innerText)`)
	w.until(`document.querySelector("#sessions").hidden`)
}

func TestDemoPageInCookieMode(t *testing.T) {
	n := start(t, "COOKIES=true")
	w, phone := newWindow(t), newWindow(t)
	w.open(n.base)
	w.sees(second, "private window")

	w.signIn(first, "user1")
	w.sees(first+"[data-claims]", "token_use")
	if seen := w.run(`document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)`).(string); leaks.MatchString(seen) {
		t.Errorf("a script sees a token: %s", seen)
	}
	w.click(first + "[data-do=call]")
	w.done("call")
	w.click(first + "[data-do=refresh]")
	w.sees(first+"[data-generation]", "2")
	w.open(n.base) // a reload keeps the login
	w.sees(first+"[data-live]", "live")

	phone.asPhone()
	phone.open(n.base)
	phone.signIn(first, "user1")
	w.click(first + "[data-do=refresh]")
	w.sees("#sessions", "Safari on iPhone")
	w.click(rows + ":nth-child(1) button")
	phone.sees(first+".banner", dropped)
	w.done("drop")

	w.run(`localStorage.clear()`) // the cookies remain, and the page finds them
	w.open(n.base)
	w.sees(first+"[data-live]", "live")
	w.click(first + "[data-do=logout]")
	w.sees(first+".banner", "Signed out")
	w.until(`fetch("/hello").then((r) => r.text()).then((text) => text.includes("stranger"))`)
}

func TestACopiedCurlRepeatsTheExchange(t *testing.T) {
	if !available(t, "bash") || !available(t, "curl") {
		t.Skip("needs bash and curl")
	}
	n := start(t)
	w := newWindow(t)
	w.open(n.base)
	w.run(`void (navigator.clipboard.writeText = async (text) => { globalThis.copied = text })`)
	w.signIn(first, "user1")
	w.click(first + "[data-do=call]")
	w.done("call")
	secrets := regexp.MustCompile(`eyJ[\w-]{20}|rt1_[\w-]{10}|` + demo["user1"])
	if found := secrets.FindString(w.run(`document.querySelector("#log").textContent`).(string)); found != "" {
		t.Errorf("on the screen: %s", found)
	}
	for path, want := range map[string]string{"/protected": `"identity":"user1"`, "/login": `"access_token":"eyJ`} {
		line := "#log [data-path='" + path + "'] "
		w.click(line + "summary")
		w.click(line + "button")
		w.sees(line+"button", "Copied")
		out, err := exec.CommandContext(t.Context(), "bash", "-c", w.run(`copied`).(string)+" -s").Output()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v %s", path, err, out)
		}
	}
}

func TestDemoPageTellsWhyALoginFailed(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	w.open(n.base)
	w.click(first + "[data-name=user2]")
	w.do(chromedp.SendKeys(chromedp.CSS(first+"[name=password]"), "x"))
	w.click(first + "[type=submit]")
	w.sees(first+".banner", "Invalid credentials (invalid_credentials)")
}

func TestAdminViewRevokesAndCounts(t *testing.T) {
	n := start(t)
	w := newWindow(t)
	w.open(n.base)
	w.signIn(second, "user1")
	w.signIn(first, "admin")
	user := "#admin [data-name=user1] "
	w.sees(user+"[data-sessions]", "1 session")
	w.click(user + "[data-do=revoke]")
	w.sees("#admin [data-result]", "user1: 1 session ended. Every live node obeys, ")
	w.sees(second+".banner", dropped)
	w.sees(user+"[data-sessions]", "0 sessions")
	w.until(`[...document.querySelectorAll("#admin [data-counts] div")].some((d) => d.innerText.replace(/\s+/g, " ") == "revoked 1")`)
	w.signIn(second, "user1")
	w.click(user + "[data-do=disable]")
	w.sees("#admin [data-result]", "user1 can no longer log in")
	w.sees(second+".banner", dropped)
	w.click(second + "[type=submit]")
	w.sees(second+".banner", "invalid_credentials")
	w.click(user + "[data-do=enable]")
	w.sees("#admin [data-result]", "user1 can log in")
	w.signIn(second, "user1")
	w.click("#admin [data-do=everything]")
	w.sees(first+".banner", dropped)
	w.sees(second+".banner", dropped)
	w.until(`document.querySelector("#admin").hidden`)
}

func TestARevocationIsTimedFromOneNodeToAnother(t *testing.T) {
	server := anyRedis(t)
	a, b := start(t, server.url(), "NODE_NAME=node-a"), start(t, server.url(), "NODE_NAME=node-b")
	healed(t, a)
	healed(t, b)
	w := newWindow(t)
	w.open(a.base)
	w.sees("#facts", "node-a")
	w.sees("#facts", "its copy of the list")
	w.signIn(first, "user1")
	other := w.opened(func() {
		w.click("#other summary")
		w.do(chromedp.SendKeys(chromedp.CSS("#other-url"), b.base))
		w.click("#other [type=submit]")
	})
	other.sees("#facts", "node-b")
	other.signIn(first, "user1")
	w.click("#sessions [data-do=others]")
	other.until(timed + `.test(document.querySelector(".banner").innerText)`)
	if said := other.run(`document.querySelector(".banner").innerText`).(string); strings.Contains(said, "-") {
		t.Errorf("it arrived before it was sent: %s", said)
	}
}

func TestDemoPageGoesOnWithTheSessionOfANewPassword(t *testing.T) {
	for _, cookies := range []string{"false", "true"} {
		t.Run("cookies "+cookies, func(t *testing.T) {
			n := start(t, "COOKIES="+cookies)
			w := newWindow(t)
			w.open(n.base)
			w.signIn(first, "user1")
			other := n.login(t, "user1")
			w.click(first + "details:has([data-change]) summary")
			change := func(old, next string) {
				w.do(chromedp.SendKeys(chromedp.CSS(first+"[name=old]"), old))
				w.do(chromedp.SendKeys(chromedp.CSS(first+"[name=next]"), next))
				w.click(first + "[data-change] [type=submit]")
			}
			change("wrong", "a new password 11")
			w.sees(first+".banner", "(forbidden)")
			change(demo["user1"], "a new password 11")
			w.sees("#log", "this one has a new session")
			w.listed("1")
			w.sees(first+"[data-live]", "live")
			w.click(first + "[data-do=refresh]")
			w.sees(first+"[data-generation]", "2")
			if shown := w.run(`document.querySelector("#log").textContent`).(string); strings.Contains(shown, "a new password 11") {
				t.Error("the log shows the new password")
			}
			if other.access != "" {
				n.dead(t, other.access)
			}
		})
	}
}
