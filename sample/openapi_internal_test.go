package main

import (
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The mounted routes and the described routes are the same. HEAD belongs to GET and is
// described in prose.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	config, mistakes := loadConfig(func(string) string { return "" })
	if mistakes != nil {
		t.Fatal(mistakes)
	}
	a, err := newApp(config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	engine, err := a.routes()
	if err != nil {
		t.Fatal(err)
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	mounted := make(map[string]bool)
	for _, r := range engine.Routes() {
		if r.Method != http.MethodHead {
			mounted[r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}")] = true
		}
	}
	doc, err := openapi3.NewLoader().LoadFromFile("../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	described := make(map[string]bool)
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	if len(mounted) < 20 {
		t.Errorf("%d routes", len(mounted))
	}
	for _, route := range slices.Sorted(maps.Keys(mounted)) {
		if !described[route] {
			t.Errorf("docs/openapi.yaml does not describe %s", route)
		}
	}
	for _, route := range slices.Sorted(maps.Keys(described)) {
		if !mounted[route] {
			t.Errorf("docs/openapi.yaml describes %s, which is not mounted", route)
		}
	}
}
