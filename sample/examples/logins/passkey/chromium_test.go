package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

var errNoBrowser = errors.New("needs Chromium, on the PATH or named by CHROME")

// chromium is one headless browser for all tests. It contacts only their own servers.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path := os.Getenv("CHROME")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, kill := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stopChromium = func() {
		patient, done := context.WithTimeout(ctx, 5*time.Second)
		defer done()
		_ = chromedp.Cancel(patient) // a browser that does not exit in time is killed
		cancel()
		kill()
	}
	return ctx, chromedp.Do(ctx)
})

var stopChromium = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	os.Exit(code)
}

// window is a tab with cookies of its own and an authenticator of its own.
type window struct {
	*testing.T
	ctx           context.Context
	authenticator webauthn.AuthenticatorID
}

// open opens the page. Without Chromium the test is skipped; with CI set it fails.
func open(t *testing.T, address string) *window {
	t.Helper()
	browser, err := chromium()
	if errors.Is(err, errNoBrowser) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	w := &window{T: t, ctx: ctx}
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatal(err)
	}
	ask(w, webauthn.Enable, webauthn.EnableParams{})
	w.authenticator = ask(w, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}).AuthenticatorID
	return w
}

// ask sends a command of the DevTools protocol.
func ask[P, R any](w *window, command cdp.Command[P, R], parameters P) R {
	w.Helper()
	got, err := chromedp.Call(w.ctx, command, parameters)
	if err != nil {
		w.Fatalf("%s: %v", command.Method, err)
	}
	return got
}

// run evaluates an expression in the page, awaits its promise, and returns the value.
func (w *window) run(expression string) any {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[any](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		w.Fatalf("%s: %v", expression, err)
	}
	return got
}

// reply evaluates an expression whose promise is a Response, and returns "status body".
func (w *window) reply(expression string) string {
	w.Helper()
	text, _ := w.run(`(async () => { const r = await (` + expression + `); return r.status + " " + await r.text(); })()`).(string)
	return text
}

// credentials returns the passkeys of this window's authenticator, with their private keys.
func (w *window) credentials() []*webauthn.Credential {
	w.Helper()
	return ask(w, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: w.authenticator}).Credentials
}

// copied puts a copy of a passkey into this window's authenticator. It names the members that count:
// cdproto sends those of a newer extension too, which this authenticator does not have.
func (w *window) copied(c webauthn.Credential) {
	w.Helper()
	ask(w, cdp.Command[map[string]any, cdp.Empty]{Method: webauthn.CommandAddCredential}, map[string]any{
		"authenticatorId": w.authenticator,
		"credential": map[string]any{
			"credentialId": c.CredentialID, "isResidentCredential": true, "rpId": c.RpID, "privateKey": c.PrivateKey,
			"userHandle": c.UserHandle, "signCount": c.SignCount, "backupEligibility": c.BackupEligibility, "backupState": c.BackupState,
		},
	})
}

// removed takes a passkey out of this window's authenticator.
func (w *window) removed(c webauthn.Credential) {
	w.Helper()
	ask(w, webauthn.RemoveCredential, webauthn.RemoveCredentialParams{AuthenticatorID: w.authenticator, CredentialID: c.CredentialID})
}
