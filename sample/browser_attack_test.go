package main_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// foreignPage serves a page of another origin under the given host name.
func foreignPage(t *testing.T, host, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><title>foreign</title>` + body))
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", host, 1)
}

// forgedForm is a form that submits itself when the page opens, with whatever cookies the
// browser adds.
func forgedForm(action string) string {
	return fmt.Sprintf(`<form method="post" action="%s"></form><script>document.forms[0].submit()</script>`, html.EscapeString(action))
}

func TestAnotherOriginCannotActWithTheVictimsCookies(t *testing.T) {
	n := start(t, "COOKIES=true")
	w := newWindow(t)
	w.open(n.base)
	w.signIn(first, "user1")
	for _, c := range []struct {
		name, host, path, word string
	}{
		// To a browser the same host on another port is the same site: it sends the cookies,
		// and the server must refuse the request.
		{"same site, logout", "127.0.0.1", "/logout", "cross_origin"},
		{"same site, logout everywhere", "127.0.0.1", "/logout/all", "cross_origin"},
		{"same site, refresh", "127.0.0.1", "/refresh", "cross_origin"},
		{"same site, login", "127.0.0.1", "/login", "cross_origin"},
		// From another site the browser sends no cookies, but it would accept those of the
		// reply.
		{"another site, login", "localhost", "/login", "cross_origin"},
		{"another site, logout", "localhost", "/logout", "token_missing"},
		{"another site, logout everywhere", "localhost", "/logout/all", "token_missing"},
		{"another site, refresh", "localhost", "/refresh", "token_missing"},
	} {
		attacker := w.tab()
		attacker.open(foreignPage(t, c.host, forgedForm(n.base+c.path)))
		attacker.until(`location.pathname === "` + c.path + `" && document.body.innerText.includes("error")`)
		if said := attacker.run(`document.body.innerText`).(string); !strings.Contains(said, `"`+c.word+`"`) {
			t.Errorf("%s: answered %s, want %s", c.name, said, c.word)
		}
	}
	w.sees(first+"[data-live]", "live")
	w.click(first + "[data-do=refresh]")
	w.sees(first+"[data-generation]", "2")
	w.click(first + "[data-do=call]")
	w.done("call")
}

func TestAnotherOriginCannotReadWithTheVictimsCookies(t *testing.T) {
	n := start(t, "COOKIES=true")
	w := newWindow(t)
	w.open(n.base)
	w.signIn(first, "user1")
	attacker := w.tab()
	attacker.expected = []string{"CORS", "net::ERR_FAILED"}
	attacker.open(foreignPage(t, "127.0.0.1", ""))
	for _, path := range []string{"/protected/me", "/protected/sessions", "/"} {
		got := attacker.run(`fetch("` + n.base + path + `", { credentials: "include" }).then((r) => r.text(), (error) => error.name)`)
		if got != "TypeError" {
			t.Errorf("%s was read: %v", path, got)
		}
	}
}
