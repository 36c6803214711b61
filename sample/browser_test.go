package main_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// The demo page and its client run in a real browser. One headless Chromium serves all tests,
// and each window is a browser context with its own cookies and storage. These tests are not
// parallel, so they run before the parallel ones: a browser takes the whole machine, and other
// tests measure time.

// browser starts Chromium once.
var browser = sync.OnceValues(startBrowser)

// stopBrowser runs after all tests.
var stopBrowser = func() {}

var errNoBrowser = errors.New("needs Chromium, on the PATH or named by CHROME")

// chromium returns the running browser. Without Chromium the test is skipped; with CI set it
// fails.
func chromium(t *testing.T) context.Context {
	t.Helper()
	ctx, err := browser()
	if errors.Is(err, errNoBrowser) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// startBrowser starts Chromium so that it contacts only the tests' own servers.
func startBrowser() (context.Context, error) {
	path := os.Getenv("CHROME")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	dir, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, kill := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	stopBrowser = func() {
		patient, done := context.WithTimeout(ctx, 5*time.Second)
		defer done()
		_ = chromedp.Cancel(patient) // a browser that does not exit in time is killed
		cancel()
		kill()
		_ = os.RemoveAll(dir)
	}
	return ctx, chromedp.Do(ctx)
}

// window is one tab. The end of a test checks what its console complained about.
type window struct {
	t   *testing.T
	ctx context.Context

	expected []string // parts of console messages that this test expects

	mu         sync.Mutex
	complaints []string
}

// newWindow opens a tab in a browser context of its own.
func newWindow(t *testing.T) *window {
	t.Helper()
	return openTab(chromium(t), t, chromedp.WithNewBrowserContext())
}

// tab opens another tab with the cookies and the localStorage of this one.
func (w *window) tab() *window {
	w.t.Helper()
	return openTab(w.ctx, w.t)
}

func openTab(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	w := &window{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, w.hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, complaint := range w.complaints {
			if !slices.ContainsFunc(w.expected, func(part string) bool { return strings.Contains(complaint, part) }) {
				t.Errorf("console: %s", complaint)
			}
		}
	})
	return w
}

// hear collects errors. Two console messages do not count: a 401 reply, since the page asked
// for it, and a busy node that answers not ready at /readyz.
func (w *window) hear(event any) {
	var complaint string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		complaint = fmt.Sprint(e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			raw, _ := json.Marshal(e.Args)
			complaint = string(raw)
		}
	case *log.EventEntryAdded:
		refusal := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of") &&
			(strings.Contains(e.Entry.Text, "status of 4") || strings.HasSuffix(e.Entry.URL, "/readyz"))
		if e.Entry.Level == log.EntryLevelError && !refusal {
			complaint = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if complaint != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.complaints = append(w.complaints, complaint)
	}
}

const patience = 20 * time.Second

// do runs actions in the tab.
func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatalf("%v\n%s", err, w.page())
	}
}

func (w *window) open(url string) {
	w.t.Helper()
	w.do(chromedp.Navigate(url))
}

// click clicks a visible element with the mouse.
func (w *window) click(selector string) {
	w.t.Helper()
	w.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible, chromedp.NodeEnabled))
}

// until waits until an expression becomes true.
func (w *window) until(expression string) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		ok, err := w.try("Boolean(" + expression + ")")
		if err == nil && ok == true {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("never true: %s (%v)\n%s", expression, err, w.page())
		}
	}
}

// sees waits for a text in the first element that matches a selector.
func (w *window) sees(selector, text string) {
	w.t.Helper()
	quoted, _ := json.Marshal([]string{selector, text})
	w.until(fmt.Sprintf("(([s, text]) => document.querySelector(s)?.innerText.includes(text))(%s)", quoted))
}

// run evaluates an expression, awaits a promise, and returns the value.
func (w *window) run(expression string) any {
	w.t.Helper()
	got, err := w.try(expression)
	if err != nil {
		w.t.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (w *window) try(expression string) (any, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[any](expression, chromedp.EvalAwaitPromise))
}

// page returns the visible text, for the report of a failure.
func (w *window) page() string {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// opened returns the tab that act opens. It shares nothing with this tab except what its
// opener sends it.
func (w *window) opened(act func()) *window {
	w.t.Helper()
	found := chromedp.WaitNewTarget(w.ctx, func(*target.Info) bool { return true })
	act()
	select {
	case id := <-found:
		return openTab(w.ctx, w.t, chromedp.WithTargetID(id))
	case <-time.After(patience):
		w.t.Fatal("no tab was opened")
		return nil
	}
}
