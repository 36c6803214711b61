package metrics_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/metrics"
	"github.com/ginauth/ginauth/plugin/mirror"
)

// The state of the local copy, next to the events.
func ExampleMirror() {
	list, err := mirror.New(memstore.New(), mirror.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer list.Close(context.Background())
	collector := metrics.New(metrics.Mirror(list))

	w := httptest.NewRecorder()
	collector.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, "ginauth_mirror_entries") {
			fmt.Print(line)
		}
	}
	// Output:
	// ginauth_mirror_entries 0
}
