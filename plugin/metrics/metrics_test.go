package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/session"
)

// scrape returns what Prometheus would read.
func scrape(t *testing.T, c *metrics.Collector) string {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	if kind := w.Header().Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type %q", kind)
	}
	return string(body)
}

// wantLines fails the test unless each line is in the text.
func wantLines(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

func TestEveryKindIsThereFromTheStart(t *testing.T) {
	t.Parallel()
	text := scrape(t, metrics.New())
	for _, kind := range ginauth.EventKinds() {
		wantLines(t, text, `ginauth_events_total{kind="`+kind.String()+`"} 0`)
	}
	wantLines(t, text,
		`ginauth_refusals_total{kind="login_failed",reason="invalid_credentials"} 0`,
		`ginauth_refusals_total{kind="login_failed",reason="too_many_attempts"} 0`,
		`ginauth_refusals_total{kind="login_failed",reason="overtaken"} 0`,
		`ginauth_refusals_total{kind="refused",reason="token_revoked"} 0`,
		`ginauth_refusals_total{kind="refused",reason="other"} 0`,
		"# TYPE ginauth_events_total counter",
	)
}

func TestEventsOfARealLoginAreCounted(t *testing.T) {
	t.Parallel()
	collector := metrics.New()
	app := authtest.New(t, func(c *ginauth.Config) { c.OnEvent = collector.OnEvent })
	tokens := app.Login("user1")
	app.Do(http.MethodPost, "/login", authtest.JSON(map[string]string{"username": "user1", "password": "wrong"}))
	app.Do(http.MethodPost, "/logout", authtest.Bearer(tokens.AccessToken))
	app.Get("/protected", tokens.AccessToken)
	app.Get("/protected", "")
	wantLines(t, scrape(t, collector),
		`ginauth_events_total{kind="login"} 1`,
		`ginauth_events_total{kind="login_failed"} 1`,
		`ginauth_events_total{kind="logout"} 1`,
		`ginauth_events_total{kind="refused"} 2`,
		`ginauth_refusals_total{kind="login_failed",reason="invalid_credentials"} 1`,
		`ginauth_refusals_total{kind="refused",reason="token_revoked"} 1`,
		`ginauth_refusals_total{kind="refused",reason="token_missing"} 1`,
	)
}

// A metric that carries users would leak them and fill the Prometheus server.
func TestNothingOfAnEventBecomesASeries(t *testing.T) {
	t.Parallel()
	collector := metrics.New()
	series := testutil.CollectAndCount(collector)
	id := session.ID{1, 2, 3}
	for _, kind := range append(ginauth.EventKinds(), 0, 200) {
		collector.OnEvent(t.Context(), ginauth.Event{
			Kind: kind, Subject: "canary-subject", Session: id, IP: "192.0.2.99",
			Reason: "canary-reason", Actor: "canary-actor", Count: 7, Err: errors.New("canary-error"),
		})
	}
	text := scrape(t, collector)
	for _, secret := range []string{"canary", "192.0.2.99", id.String()} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
	if now := testutil.CollectAndCount(collector); now != series {
		t.Errorf("%d series became %d", series, now)
	}
	wantLines(t, text, `ginauth_refusals_total{kind="refused",reason="other"} 1`)
}

// The reasons are taken from the texts of ginauth's errors. Each must be a single word.
func TestReasonsAreWords(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if v := label.GetValue(); v == "" || strings.Trim(v, "abcdefghijklmnopqrstuvwxyz_") != "" {
					t.Errorf("%s: label %s=%q", family.GetName(), label.GetName(), v)
				}
			}
		}
	}
}

func TestGaugeIsAskedAtEveryScrape(t *testing.T) {
	t.Parallel()
	age := 0.5
	collector := metrics.New(metrics.Gauge("queue_seconds", "Age of the queue.", func() float64 { return age }))
	wantLines(t, scrape(t, collector), "ginauth_queue_seconds 0.5", "# HELP ginauth_queue_seconds Age of the queue.")
	age = 2
	wantLines(t, scrape(t, collector), "ginauth_queue_seconds 2")
}

func TestBadGaugeIsAnErrorAtRegistration(t *testing.T) {
	t.Parallel()
	zero := func() float64 { return 0 }
	for name, options := range map[string][]metrics.Option{
		"no name":          {metrics.Gauge("lag\xff", "", zero)},
		"a counter's name": {metrics.Gauge("events_total", "", zero)},
	} {
		if err := prometheus.NewRegistry().Register(metrics.New(options...)); err == nil {
			t.Errorf("%s: registered", name)
		}
	}
}

func TestConcurrentEventsAreAllCounted(t *testing.T) {
	t.Parallel()
	collector := metrics.New()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				collector.OnEvent(context.Background(), ginauth.Event{Kind: ginauth.EventRefused, Reason: "token_expired"})
			}
		})
	}
	scrape(t, collector)
	all.Wait()
	wantLines(t, scrape(t, collector),
		`ginauth_events_total{kind="refused"} 8000`, `ginauth_refusals_total{kind="refused",reason="token_expired"} 8000`)
}

func BenchmarkOnEvent(b *testing.B) {
	collector := metrics.New()
	event := ginauth.Event{Kind: ginauth.EventRefused, Reason: "token_expired"}
	b.ReportAllocs()
	for b.Loop() {
		collector.OnEvent(b.Context(), event)
	}
}
