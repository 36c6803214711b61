package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
)

// answer makes the page answer a challenge and keep the answer in the variable sent.
const answer = `(async () => { sent = await get(await challenge("/passkey/login/begin")); return JSON.stringify(sent); })()`

const (
	send     = `post("/passkey/login/finish", sent)`
	ask4more = `post("/passkey/login/begin")` // a new challenge takes the place of the old one
)

// ceremony returns the cookie of the ceremony, which no script can read.
func (w *window) ceremony() string {
	w.Helper()
	for _, c := range ask(w, network.GetCookies, network.GetCookiesParams{}).Cookies {
		if c.Name == ceremonyCookie {
			if !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteStrict {
				w.Errorf("%+v", c)
			}
			return c.Value
		}
	}
	w.Fatal("no ceremony")
	return ""
}

// post sends what no browser would.
func (r *rig) post(path, ceremony, body, site string) (status int, reply string) {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.address+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	request.Header.Set("Cookie", ceremonyCookie+"="+ceremony)
	request.Header.Set("Sec-Fetch-Site", site)
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		r.Error(err) // also from another goroutine
		return 0, ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestAnAnswerIsAcceptedOnce(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	body, _ := w.run(answer).(string)
	ceremony := w.ceremony()
	w.wants(send, "200 ")
	w.wants(`post("/logout")`, "200 ")
	w.refuses(send, "400", "invalid_request") // the browser has dropped the ceremony
	if status, reply := r.post("/passkey/login/finish", ceremony, body, "same-origin"); status != 400 {
		t.Error("with the cookie, which somebody has copied:", status, reply)
	}
}

func TestAnAnswerToAnotherChallengeIsRefused(t *testing.T) {
	w := newRig(t).owner()
	w.run(answer)
	w.wants(ask4more, "200 ")
	w.refuses(send, "401", "invalid_credentials")
	w.refuses(send, "400", "invalid_request") // a wrong answer has used the challenge up
}

// Somebody has read the answer on its way and is faster.
func TestAnAnswerFromAnotherBrowserIsRefused(t *testing.T) {
	r := newRig(t)
	w, thief := r.owner(), open(t, r.address)
	body, _ := w.run(answer).(string)
	thief.run(`sent = ` + body)
	thief.refuses(send, "400", "invalid_request")
	thief.wants(ask4more, "200 ")
	thief.refuses(send, "401", "invalid_credentials")
	w.wants(send, "200 ")
}

// Another program on this machine, or a sibling host, may ask for the passkey too, but what it
// gets names its own origin.
func TestAnAnswerFromAnotherOriginIsRefused(t *testing.T) {
	r, phisher := newRig(t), newRig(t)
	w := r.owner()
	options, _ := w.run(`(async () => JSON.stringify(await challenge("/passkey/login/begin")))()`).(string)
	there := open(t, phisher.address)
	there.copied(*w.credentials()[0])
	body, _ := there.run(`(async () => JSON.stringify(await get(` + options + `)))()`).(string)
	if status, reply := r.post("/passkey/login/finish", w.ceremony(), body, "same-origin"); status != 401 {
		t.Error(status, reply)
	}
}

func TestACopyOfAPasskeyIsFoundByItsCounter(t *testing.T) {
	r := newRig(t)
	w, thief := r.owner(), open(t, r.address)
	stolen := *w.credentials()[0]
	w.wants(`enter()`, "200 ")
	thief.copied(stolen) // as it was before this login
	thief.refuses(`enter()`, "401", "invalid_credentials")
	w.wants(`enter()`, "200 ")
}

func TestAPasskeyNeedsItsUserAndARightSignature(t *testing.T) {
	w := newRig(t).owner()
	yes := true
	for name, bits := range map[string]webauthn.SetResponseOverrideBitsParams{
		"the user was not verified":    {IsBadUV: &yes},
		"the user was not there":       {IsBadUP: &yes},
		"the signature is another key": {IsBogusSignature: &yes},
	} {
		bits.AuthenticatorID = w.authenticator
		ask(w, webauthn.SetResponseOverrideBits, bits)
		t.Log(name)
		w.refuses(`enter()`, "401", "invalid_credentials")
	}
	ask(w, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: w.authenticator})
	w.wants(`enter()`, "200 ")
}

func TestAChallengeLivesForFiveMinutes(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	w.run(answer)
	r.later.Add(int64(5 * time.Minute))
	w.refuses(send, "400", "invalid_request")
}

// The user is revoked while the answer is being judged.
func TestARevocationDuringTheLoginOvertakesIt(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	body, _ := w.run(answer).(string)
	ceremony := w.ceremony()
	r.app.users.mu.Lock() // the judge waits
	done := make(chan int)
	go func() {
		status, _ := r.post("/passkey/login/finish", ceremony, body, "same-origin")
		done <- status
	}()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, waits := r.app.ceremonies.Look(ceremony); !waits {
			break
		}
	}
	_, err := r.app.auth.RevokeSubject(t.Context(), "user1")
	r.app.users.mu.Unlock()
	if status := <-done; status != http.StatusServiceUnavailable || err != nil {
		t.Error(status, err)
	}
}

// Each login that is begun takes a record: without a limit a stranger could push out everybody's.
func TestAStrangerCannotUseUpTheChallenges(t *testing.T) {
	r := newRig(t)
	for i := range 61 {
		want := http.StatusOK
		if i == 60 {
			want = http.StatusTooManyRequests
		}
		if status, reply := r.post("/passkey/login/begin", "", "{}", "none"); status != want {
			t.Fatalf("%d: %d %s", i, status, reply)
		}
	}
}

func TestAPageOfAnotherSiteBeginsNothing(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/passkey/add/begin", "/passkey/add/finish", "/passkey/login/begin", "/passkey/login/finish"} {
		if status, reply := r.post(path, "x", "{}", "cross-site"); status != 403 || !strings.Contains(reply, `"cross_origin"`) {
			t.Errorf("%s: %d %s", path, status, reply)
		}
	}
}
