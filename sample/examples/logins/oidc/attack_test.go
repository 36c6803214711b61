package main

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
)

func with(address *url.URL, name, value string) string {
	changed, query := *address, address.Query()
	query.Set(name, value)
	changed.RawQuery = query.Encode()
	return changed.String()
}

func TestAWrongStateIsRefused(t *testing.T) {
	r := newRig(t)
	for _, state := range []string{"", "x", strings.Repeat("A", 26)} {
		b := r.browser()
		b.refused(b.get(with(b.toCallback(), "state", state)), 400, "invalid_request")
	}
	b := r.browser()
	callback := b.toCallback()
	b.get(with(callback, "state", "a guess"))
	b.refused(b.get(callback.String()), 400, "invalid_request") // a guess has used up the attempt
}

func TestACallbackWorksOnce(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	callback := b.toCallback()
	here, err := url.Parse(r.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	copied := b.Jar.Cookies(here)
	if got := b.get(callback.String()); got.StatusCode != http.StatusSeeOther {
		t.Fatal(got.Status, got.body)
	}
	if got := b.get(callback.String()); got.StatusCode != http.StatusBadRequest { // its cookie is gone
		t.Error(got.Status, got.body)
	}
	thief := r.browser()
	thief.Jar.SetCookies(here, copied)
	thief.refused(thief.get(callback.String()), 401, "invalid_credentials") // its code is used up
}

// Login CSRF: an attacker logs in, stops before the callback, and sends somebody the link. Whoever
// opens it must not work in the attacker's account.
func TestACallbackOfAnotherBrowserIsRefused(t *testing.T) {
	r := newRig(t)
	link := r.browser().toCallback().String()
	idle, busy := r.browser(), r.browser()
	idle.refused(idle.get(link), 400, "invalid_request")
	busy.toCallback()
	busy.refused(busy.get(link), 400, "invalid_request")
}

// An attacker who got hold of somebody's code puts it into a callback of their own.
func TestACodeOfAnotherBrowserIsRefused(t *testing.T) {
	r := newRig(t)
	stolen := r.browser().toCallback().Query().Get("code")
	thief := r.browser()
	thief.refused(thief.get(with(thief.toCallback(), "code", stolen)), 401, "invalid_credentials")
}

func TestWhatTheProviderRefusesIsRefused(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	answers := func(refusal mockoidc.ServerError) answer {
		callback := b.toCallback()
		for range 2 { // until it knows better, x/oauth2 asks again with the secret in another place
			r.provider.QueueError(&refusal)
		}
		return b.get(callback.String())
	}
	expired := answers(mockoidc.ServerError{Code: 400, Error: "invalid_grant", Description: "the code has expired"})
	b.refused(expired, 401, "invalid_credentials")
	b.refused(answers(mockoidc.ServerError{Code: 500, Error: "server_error"}), 503, "unavailable")
	denied := b.toCallback().Query()
	b.refused(b.get("/oidc/callback?error=access_denied&state="+denied.Get("state")), 401, "invalid_credentials")
	callback := b.toCallback()
	if err := r.provider.Shutdown(); err != nil {
		t.Fatal(err)
	}
	b.refused(b.get(callback.String()), 503, "unavailable")
}

// No parameter of a request decides where the browser goes after the login.
func TestTheRedirectIsNotOpen(t *testing.T) {
	r := newRig(t)
	b := r.browser()
	b.get("/oidc/login?next=https://evil.example&redirect_uri=https://evil.example")
	callback := b.toCallback()
	for _, name := range []string{"next", "redirect", "redirect_uri", "return_to"} {
		callback.RawQuery += "&" + name + "=https://evil.example"
	}
	if got := b.get(callback.String()); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/" {
		t.Errorf("%s to %q", got.Status, got.Header.Get("Location"))
	}
}

// Each ID token has one thing wrong with it.
func TestAForgedIDTokenIsRefused(t *testing.T) {
	another, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*jwt.Token) {
		return func(token *jwt.Token) { token.Claims.(jwt.MapClaims)[name] = value }
	}
	for name, forge := range map[string]struct {
		change func(*jwt.Token)
		method jwt.SigningMethod
		key    any
	}{
		"algorithm none":               {method: jwt.SigningMethodNone, key: jwt.UnsafeAllowNoneSignatureType},
		"signed with the secret":       {method: jwt.SigningMethodHS256},
		"signed with another key":      {key: another},
		"a wrong nonce":                {change: claim("nonce", "another")},
		"no nonce":                     {change: claim("nonce", nil)},
		"another issuer":               {change: claim("iss", "https://evil.example")},
		"for another client":           {change: claim("aud", "another")},
		"expired":                      {change: claim("exp", time.Now().Add(-time.Minute).Unix())},
		"of nobody":                    {change: claim("sub", "")},
		"of nobody, without the claim": {change: claim("sub", nil)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.atToken = func(reply map[string]any) {
				token, _, err := jwt.NewParser().ParseUnverified(reply["id_token"].(string), jwt.MapClaims{})
				if err != nil {
					t.Error(err)
					return
				}
				key := any(r.provider.Keypair.PrivateKey)
				if forge.change != nil {
					forge.change(token)
				}
				if forge.key != nil {
					key = forge.key
				}
				if forge.method != nil {
					token.Method, token.Header["alg"] = forge.method, forge.method.Alg()
				}
				if forge.method == jwt.SigningMethodHS256 {
					key = []byte(r.provider.ClientSecret)
				}
				if reply["id_token"], err = token.SignedString(key); err != nil {
					t.Error(err)
				}
			}
			b := r.browser()
			b.refused(b.get(b.toCallback().String()), 401, "invalid_credentials")
		})
	}
	t.Run("none at all", func(t *testing.T) {
		r := newRig(t)
		r.atToken = func(reply map[string]any) { delete(reply, "id_token") }
		b := r.browser()
		b.refused(b.get(b.toCallback().String()), 401, "invalid_credentials")
	})
	t.Run("an honest one, through the same hands", func(t *testing.T) {
		r := newRig(t)
		r.atToken = func(map[string]any) {}
		b := r.browser()
		if got := b.get(b.toCallback().String()); got.StatusCode != http.StatusSeeOther {
			t.Error(got.Status, got.body)
		}
	})
}
