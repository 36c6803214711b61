package main_test

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The page of the cookies example runs in a browser with Secure cookies. It logs in, makes a
// request, refreshes when the access token is gone, and logs out.
func TestExampleCookiesSPAInABrowser(t *testing.T) {
	t.Parallel()
	w := newWindow(t)
	n := startExample(t, "cookies-spa")
	w.open(n.base + "/")
	w.click("#login button")
	w.sees("#out", `200 {"token_type"`)
	w.click("#me")
	w.sees("#out", `200 {"user":"user1"}`)

	expired := network.DeleteCookiesParams{Name: "__Host-access_token", URL: n.base}
	if _, err := chromedp.Call(w.ctx, network.DeleteCookies, expired); err != nil {
		t.Fatal(err)
	}
	w.run(`document.getElementById("out").textContent = ""`)
	w.click("#me")
	w.sees("#out", `200 {"user":"user1"}`)
	w.click("#logout")
	w.sees("#out", `200 {"code":200}`)
}
