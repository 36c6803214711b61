package metrics_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/metrics"
)

// dashboard is the part of the Grafana file that the tests read.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Definition string }
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	raw, err := os.ReadFile("../../docs/grafana-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// queries returns the queries of the dashboard, by panel.
func (d dashboard) queries() map[string]string {
	all := make(map[string]string)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all[p.Title] += target.Expr + "\n"
		}
	}
	for _, v := range d.Templating.List {
		all["variables"] += v.Definition + "\n"
	}
	return all
}

// exposed returns the names and label names of all metrics of a service with a mirror.
func exposed(t *testing.T) (names, labels []string) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics.New(metrics.Mirror(newMirror(t))))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		names = append(names, family.GetName())
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
	}
	return names, append(labels, "job", "instance") // every scrape adds these
}

var (
	metricName = regexp.MustCompile(`\bginauth_\w+`)
	labelName  = regexp.MustCompile(`(\w+)=~?"`)
	byLabel    = regexp.MustCompile(`by \((\w+)\)`)
	kindValue  = regexp.MustCompile(`kind=~?"([^"]*)"`)
	reasonIs   = regexp.MustCompile(`reason="([^"]*)"`)
)

func TestDashboardAsksForWhatExists(t *testing.T) {
	t.Parallel()
	names, labels := exposed(t)
	asked := make(map[string]bool)
	for panel, query := range readDashboard(t).queries() {
		found := metricName.FindAllString(query, -1)
		if len(found) == 0 {
			t.Errorf("%s asks for nothing: %s", panel, query)
		}
		for _, name := range found {
			asked[name] = true
			if !slices.Contains(names, name) {
				t.Errorf("%s: no metric %s", panel, name)
			}
		}
		for _, m := range slices.Concat(labelName.FindAllStringSubmatch(query, -1), byLabel.FindAllStringSubmatch(query, -1)) {
			if !slices.Contains(labels, m[1]) {
				t.Errorf("%s: no label %s", panel, m[1])
			}
		}
	}
	for _, name := range names {
		if !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// A panel with a misspelt kind would stay empty for ever.
func TestDashboardShowsEveryKind(t *testing.T) {
	t.Parallel()
	var kinds []string
	for _, k := range ginauth.EventKinds() {
		kinds = append(kinds, k.String())
	}
	shown := map[string]bool{"refused": true} // by reason, below
	for panel, query := range readDashboard(t).queries() {
		for _, m := range kindValue.FindAllStringSubmatch(query, -1) {
			for pattern := range strings.SplitSeq(m[1], "|") {
				matches := regexp.MustCompile("^(" + pattern + ")$")
				if !slices.ContainsFunc(kinds, matches.MatchString) {
					t.Errorf("%s: no kind %s", panel, pattern)
				}
				for _, k := range kinds {
					shown[k] = shown[k] || matches.MatchString(k)
				}
			}
		}
		for _, m := range reasonIs.FindAllStringSubmatch(query, -1) {
			if m[1] != strings.TrimPrefix(ginauth.ErrTooManyAttempts.Error(), "ginauth: ") {
				t.Errorf("%s: no reason %s", panel, m[1])
			}
		}
	}
	for _, k := range kinds {
		if !shown[k] {
			t.Errorf("no panel shows the kind %s", k)
		}
	}
}

func TestDashboardPanelsHaveDistinctIDs(t *testing.T) {
	t.Parallel()
	seen := make(map[int]bool)
	for _, p := range readDashboard(t).Panels {
		if seen[p.ID] || p.ID == 0 || p.Title == "" {
			t.Errorf("panel %d %q", p.ID, p.Title)
		}
		seen[p.ID] = true
	}
	if len(seen) == 0 {
		t.Error("no panels")
	}
}
