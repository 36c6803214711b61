package main

import (
	"testing"
	"time"
)

// made makes the page create a passkey for a challenge and keep the answer in the variable sent.
const made = `(async () => { sent = await create(await challenge("/passkey/add/begin")); })()`

const sendMade = `post("/passkey/add/finish", sent)`

const asUser2 = `fetch("/login", {method: "POST", body: new URLSearchParams({username: "user2", password: "password123"})})`

// passkeys returns how many passkeys a user has.
func (r *rig) passkeys(name string) int { return len(r.app.users.named(name).credentials) }

func TestOnlyALoginOfNowAddsAPasskey(t *testing.T) {
	r := newRig(t)
	w := open(t, r.address)
	w.wants(`post("/passkey/add/begin")`, `401 {"code":401,"error":"token_missing"`)
	w.wants(`post("/passkey/add/finish", {})`, `401 {"code":401,"error":"token_missing"`)
	w.wants(passwordLogin, "200 ")
	w.run(made)
	r.later.Add(int64(4 * time.Minute))
	w.wants(sendMade, "200 ")
	r.later.Add(int64(7 * time.Minute))
	w.wants(`post("/passkey/add/begin")`, `401 {"code":401,"error":"reauthentication_required"`)
	if n := r.passkeys("user1"); n != 1 {
		t.Error(n)
	}
}

// Somebody else logs in between the two halves, in the same browser.
func TestACeremonyOfAnotherUserAddsNothing(t *testing.T) {
	r := newRig(t)
	w := open(t, r.address)
	w.wants(passwordLogin, "200 ")
	w.run(made)
	w.wants(asUser2, "200 ")
	w.wants(sendMade, `400 {"code":400,"error":"invalid_request"`)
	if r.passkeys("user1") != 0 || r.passkeys("user2") != 0 {
		t.Error(r.passkeys("user1"), r.passkeys("user2"))
	}
}

func TestACeremonyIsForOneThing(t *testing.T) {
	r := newRig(t)
	w := r.owner()
	w.wants(passwordLogin, "200 ")
	w.run(`(async () => { sent = await create({...await challenge("/passkey/add/begin"), excludeCredentials: []}); })()`)
	w.wants(ask4more, "200 ") // the browser now holds the ceremony of a login
	w.wants(sendMade, "400 ")
	w.run(`(async () => { const {challenge: c} = await challenge("/passkey/add/begin"); sent = await get({challenge: c, userVerification: "required"}); })()`)
	w.wants(`post("/logout")`, "200 ")
	w.refuses(send, "401", "invalid_credentials") // the right challenge, of the other kind
	if n := r.passkeys("user1"); n != 1 {
		t.Error(n)
	}
}

// Without attestation nothing ties a passkey's id to its key, so anybody can claim that of another
// user: here user2 sends what user1 once sent, with the challenge of their own.
func TestAPasskeyOfAnotherUserIsNotAddedAgain(t *testing.T) {
	r := newRig(t)
	w := open(t, r.address)
	w.wants(passwordLogin, "200 ")
	w.run(made)
	w.wants(sendMade, "200 ")
	w.wants(asUser2, "200 ")
	w.run(`(async () => {
		const {challenge: c} = await challenge("/passkey/add/begin");
		const client = JSON.stringify({type: "webauthn.create", challenge: c, origin: location.origin, crossOrigin: false});
		sent.response.clientDataJSON = btoa(client).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
	})()`)
	w.wants(sendMade, `400 {"code":400,"error":"invalid_request"`)
	if r.passkeys("user1") != 1 || r.passkeys("user2") != 0 {
		t.Error(r.passkeys("user1"), r.passkeys("user2"))
	}
}
