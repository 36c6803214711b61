package jwks_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/jwks"
)

func TestAServiceWithTheIssuersSetProtectsAndObeysAndCannotMint(t *testing.T) {
	app, published := issuer(t, newRing(t, newKey(t)))
	service := verifier(t, app, follow(t, jwks.Options{URL: published.URL}))
	one, two, three := app.Login("user1"), app.Login("user2"), app.Login("admin")
	for _, access := range []string{one.AccessToken, two.AccessToken, three.AccessToken} {
		wantWord(t, service.Get("/protected", access), http.StatusOK, "")
	}
	if _, err := app.Auth.RevokeToken(t.Context(), one.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Auth.RevokeSubject(t.Context(), "user2"); err != nil {
		t.Fatal(err)
	}
	wantWord(t, service.Get("/protected", one.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantWord(t, service.Get("/protected", two.AccessToken), http.StatusUnauthorized, "token_revoked")
	wantWord(t, service.Get("/protected", three.AccessToken), http.StatusOK, "")
	// It ends sessions, and the issuer obeys.
	wantWord(t, service.Do(http.MethodPost, "/logout", authtest.Bearer(three.AccessToken)), http.StatusOK, "")
	wantWord(t, app.Get("/protected", three.AccessToken), http.StatusUnauthorized, "token_revoked")

	login := authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]})
	wantWord(t, service.Do(http.MethodPost, "/login", login), http.StatusInternalServerError, "internal")
	wantWord(t, service.Refresh(app.Login("user1").RefreshToken), http.StatusUnauthorized, "invalid_grant")
}

func TestTheIssuersKeysAreFollowed(t *testing.T) {
	first, second := newKey(t), newKey(t)
	ring := newRing(t, first)
	app, published := issuer(t, ring)
	remote := follow(t, jwks.Options{URL: published.URL})
	service := verifier(t, app, remote)
	old := app.Login("user1").AccessToken
	version := remote.Ring().Version()
	refresh(t, remote)
	if remote.Ring().Version() != version {
		t.Error("the same set counts as a new one: every token would be verified again")
	}
	replace(t, ring, first, second)
	refresh(t, remote)
	replace(t, ring, second, first)
	fresh := app.Login("user1").AccessToken
	wantWord(t, service.Get("/protected", old), http.StatusOK, "")
	wantWord(t, service.Get("/protected", fresh), http.StatusOK, "")
	replace(t, ring, second)
	refresh(t, remote)
	wantWord(t, service.Get("/protected", old), http.StatusUnauthorized, "token_invalid")
	wantWord(t, service.Get("/protected", fresh), http.StatusOK, "")
}

// The first token with a key that was not published in time causes a reading, and is refused. No
// client can cause more readings than the cooldown allows.
func TestUnknownKeysBringAboutOneReadingACooldown(t *testing.T) {
	first, second := newKey(t), newKey(t)
	ring := newRing(t, first)
	app, published := issuer(t, ring)
	clock := authtest.NewClock()
	service := verifier(t, app, follow(t, jwks.Options{URL: published.URL, Now: clock.Now}))
	stranger, _ := issuer(t, newRing(t, newKey(t)))
	forged := stranger.Login("user1").AccessToken
	replace(t, ring, second, first)
	fresh := app.Login("user1").AccessToken
	for range 100 {
		wantWord(t, service.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
	}
	if n := published.reads.Load(); n != 1 {
		t.Fatalf("%d readings within the cooldown of the first", n)
	}
	clock.Add(30 * time.Second)
	wantWord(t, service.Get("/protected", fresh), http.StatusUnauthorized, "token_invalid")
	eventually(t, "the key is found", func() bool { return service.Get("/protected", fresh).Status == http.StatusOK })
	for range 100 {
		wantWord(t, service.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
	}
	if n := published.reads.Load(); n != 2 {
		t.Errorf("%d readings, want 2", n)
	}
}

func TestWithoutKeysEverythingIsRefused(t *testing.T) {
	app, published := issuer(t, newRing(t, newKey(t)))
	access := app.Login("user1").AccessToken
	good := *published.handler.Load()
	published.set(text(http.StatusServiceUnavailable, ""))
	var heard troubles
	remote := follow(t, jwks.Options{URL: published.URL, OnError: heard.note})
	service := verifier(t, app, remote)
	wantWord(t, service.Get("/protected", access), http.StatusUnauthorized, "token_invalid")
	if remote.Status().Err == nil || heard.text() == "" {
		t.Error("the failure is not told")
	}
	published.set(good)
	refresh(t, remote)
	wantWord(t, service.Get("/protected", access), http.StatusOK, "")
	// An empty set is an answer: the issuer has withdrawn all its keys.
	published.set(text(http.StatusOK, `{"keys":[]}`))
	refresh(t, remote)
	wantWord(t, service.Get("/protected", access), http.StatusUnauthorized, "token_invalid")
}

func TestAFailedReadingKeepsTheKeysForMaxAge(t *testing.T) {
	app, published := issuer(t, newRing(t, newKey(t)))
	access := app.Login("user1").AccessToken
	clock := authtest.NewClock()
	remote := follow(t, jwks.Options{URL: published.URL, Now: clock.Now, MaxAge: time.Hour})
	service := verifier(t, app, remote)
	good := *published.handler.Load()
	for name, bad := range map[string]http.Handler{
		"down": text(http.StatusInternalServerError, "x"), "no JSON": text(http.StatusOK, "<html>"), "no set": text(http.StatusOK, `{}`),
		"redirect": http.RedirectHandler("https://evil.example/keys", http.StatusFound),
	} {
		published.set(bad)
		clock.Add(time.Hour - time.Second)
		if err := remote.Refresh(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
		wantWord(t, service.Get("/protected", access), http.StatusOK, "")
		clock.Add(time.Second)
		if err := remote.Refresh(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
		wantWord(t, service.Get("/protected", access), http.StatusUnauthorized, "token_invalid")
		published.set(good)
		refresh(t, remote)
		wantWord(t, service.Get("/protected", access), http.StatusOK, "")
	}
}

// The set is read without being asked for, and soon again after a failure.
func TestTheSetIsReadAgainAndAgain(t *testing.T) {
	key := newKey(t)
	published := serve(t, text(http.StatusServiceUnavailable, ""))
	remote := follow(t, jwks.Options{URL: published.URL, Every: time.Hour, Cooldown: time.Millisecond})
	eventually(t, "it tries again", func() bool { return published.reads.Load() > 2 })
	published.set(newRing(t, key).Handler())
	eventually(t, "the keys are there", func() bool { return remote.Status().Keys == 1 })
	for range 2 {
		if err := remote.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	often := follow(t, jwks.Options{URL: published.URL, Every: time.Millisecond})
	before := published.reads.Load()
	eventually(t, "it is read again", func() bool { return published.reads.Load() > before+2 })
	if err := often.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// slow answers only when it is released, or when the client gives up.
type slow chan struct{}

func (s slow) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-s:
	case <-r.Context().Done():
	}
}

func TestCloseBreaksOffAReadingAndEndsWithItsContext(t *testing.T) {
	published := serve(t, newRing(t, newKey(t)).Handler())
	remote := follow(t, jwks.Options{URL: published.URL, Every: time.Millisecond})
	published.set(make(slow))
	before := published.reads.Load()
	eventually(t, "a reading is under way", func() bool { return published.reads.Load() > before+1 })
	if err := remote.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if remote.Status().Keys != 1 {
		t.Error("the ring lost its key")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := remote.Close(ctx); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

// An attacker who cuts the service off must not keep a key alive past MaxAge.
func TestKeysEndAfterMaxAge(t *testing.T) {
	published := serve(t, newRing(t, newKey(t)).Handler())
	remote := follow(t, jwks.Options{URL: published.URL, Cooldown: time.Hour, MaxAge: 50 * time.Millisecond})
	if remote.Status().Keys != 1 {
		t.Fatal(remote.Status())
	}
	published.set(text(http.StatusServiceUnavailable, ""))
	eventually(t, "the key is out of use", func() bool { return remote.Status().Keys == 0 })
}
