package metrics_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/metrics"
)

func Example() {
	collector := metrics.New()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector)

	// In an application, Config.OnEvent is collector.OnEvent. Here is one event by hand.
	collector.OnEvent(context.Background(), ginauth.Event{Kind: ginauth.EventLogin})

	mux := http.NewServeMux()
	mux.Handle("GET /metrics", collector.Handler())

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, `kind="login"`) {
			fmt.Print(line)
		}
	}
	// Output:
	// ginauth_events_total{kind="login"} 1
}
