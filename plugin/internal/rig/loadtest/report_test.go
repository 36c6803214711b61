package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSpreadIsMedianLeastAndMost(t *testing.T) {
	for _, row := range []struct {
		values []float64
		want   spread
	}{
		{[]float64{7}, spread{7, 7, 7}},
		{[]float64{9, 1}, spread{5, 1, 9}},
		{[]float64{3, 1, 2}, spread{2, 1, 3}},
		{[]float64{100, 1, 3, 2}, spread{2.5, 1, 100}},
	} {
		if got := spreadOf(row.values); got != row.want {
			t.Errorf("%v: %v, want %v", row.values, got, row.want)
		}
	}
}

// two is a table with two servers, one twice as fast as the other in each round. The speed of
// the machine changes threefold from round to round.
func two() result {
	rates := func(factor float64) []sample {
		return []sample{{rate: 100 * factor, p50: time.Millisecond}, {rate: 300 * factor, p50: time.Millisecond}, {rate: 200 * factor, p50: time.Millisecond}}
	}
	return result{
		table: table{
			title:   "Two <servers>",
			entries: []entry{{label: "slow", who: bare}, {label: "fast & good", who: strict}},
			targets: []target{{"fast & good", "slow", 2.0}, {"slow", "fast & good", 0.6}},
		},
		samples: [][]sample{rates(1), rates(2)},
		memory:  []int{10, 20},
	}
}

// A ratio is computed within a round, in which a slow machine slows both.
func TestRatiosAreTakenWithinARound(t *testing.T) {
	if got := two().ratio(1, 0); got != (spread{2, 2, 2}) {
		t.Errorf("%v, want 2 in each round", got)
	}
}

func TestVerdictsAreOfTheTargets(t *testing.T) {
	verdicts := two().verdicts()
	if len(verdicts) != 2 || verdicts[0].word() != "met" || verdicts[1].word() != "missed" {
		t.Errorf("%v", verdicts)
	}
}

func TestEveryTargetNamesRowsOfItsTable(t *testing.T) {
	for _, table := range tables(options{lists: []int{0, 10, 100}}) {
		for _, target := range table.targets {
			r := result{table: table}
			if r.index(target.of) < 0 || r.index(target.to) < 0 {
				t.Errorf("%s: %s / %s names no rows", table.name, target.of, target.to)
			}
		}
	}
}

func TestTheReportReplacesWhatItWroteBefore(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, reportFile)
	c := conditions{machine: []string{"a machine"}, options: options{rounds: 3, conns: 32, length: time.Second}}
	if err := os.WriteFile(path, []byte("above\n"+beginMark+"old"+endMark+"\nbelow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var page string
	for range 2 {
		if err := writeReport(folder, c, []result{two()}); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if page != "" && page != string(text) {
			t.Error("a second report of the same differs")
		}
		page = string(text)
	}
	for _, want := range []string{"above\n", "\nbelow\n", "| Two <servers> | fast & good / slow | 2.00 | **2.00** | 2.00 to 2.00 | met |", "| fast & good | **400** | 200 to 600 | **2.00** |"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "old") {
		t.Error("the old report is still there")
	}
}

func TestAPageWithoutMarksIsLeftAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, reportFile)
	if err := os.WriteFile(path, []byte(endMark+beginMark), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeReport(folder, conditions{}, []result{two()}); !errors.Is(err, errMarks) {
		t.Errorf("%v, want %v", err, errMarks)
	}
	if text, _ := os.ReadFile(path); string(text) != endMark+beginMark {
		t.Errorf("the page is now %q", text)
	}
}

func TestThePlotIsXML(t *testing.T) {
	for decoder := xml.NewDecoder(strings.NewReader(plot([]result{two()}))); ; {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
