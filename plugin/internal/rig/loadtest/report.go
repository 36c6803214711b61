package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The report is a hand-written page. This program writes the part between two marks, and a
// plot beside the page.
const (
	reportFile = "benchmarks.md"
	mirrorFile = "benchmarks-mirror.md" // written by tests of package mirror
	plotFile   = "benchmarks.svg"
	beginMark  = "<!-- measured: written by plugin/internal/rig/loadtest -->"
	endMark    = "<!-- end of what is measured -->"
)

var errMarks = errors.New(reportFile + ": the marks around the measured part are missing")

// conditions describe how a report was made.
type conditions struct {
	machine []string
	date    time.Time
	took    time.Duration
	options options
}

// writeReport replaces the measured part of the page in folder, and the plot.
func writeReport(folder string, c conditions, results []result) error {
	path := filepath.Join(folder, reportFile)
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(page), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return errMarks
	}
	text := before + beginMark + "\n\n" + measured(c, results) + "\n" + endMark + after
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, plotFile), []byte(plot(results)), 0o644)
}

// measured returns the text between the marks.
func measured(c conditions, results []result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, in one run of %v: %d rounds of %v per server, %d connections.\n\n",
		c.date.Format("2 January 2006"), c.took.Round(time.Second), c.options.rounds, c.options.length, c.options.conns)
	for _, line := range c.machine {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	fmt.Fprintf(&b, "\nThe cost of the local copy by itself, and how fast a revocation reaches other nodes, are in [benchmarks of the mirror](%s).\n", mirrorFile)
	fmt.Fprintf(&b, "\n![Requests a second of each server](%s)\n\n### Targets\n\n", plotFile)
	b.WriteString("| table | ratio of requests/s | wanted | measured | min to max of the rounds | |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, r := range results {
		for _, v := range r.verdicts() {
			fmt.Fprintf(&b, "| %s | %s / %s | %.2f | **%.2f** | %.2f to %.2f | %s |\n", r.title, v.of, v.to, v.target.least, v.median, v.spread.least, v.most, v.word())
		}
	}
	for _, r := range results {
		r.markdown(&b)
	}
	return b.String()
}

func (r result) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n### %s\n\n", r.title)
	fmt.Fprintf(b, "| server | requests/s | min to max | of %s | min to max | p50 ms | p99 ms | memory, MiB |\n", r.entries[0].label)
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for i, e := range r.entries {
		rate, ratio := r.rate(i), r.ratio(i, 0)
		p50 := r.over(i, func(s sample) float64 { return milliseconds(s.p50) })
		p99 := r.over(i, func(s sample) float64 { return milliseconds(s.p99) })
		fmt.Fprintf(b, "| %s | **%.0f** | %.0f to %.0f | **%.2f** | %.2f to %.2f | %.2f | %.2f | %d |\n",
			e.label, rate.median, rate.least, rate.most, ratio.median, ratio.least, ratio.most, p50.median, p99.median, r.memory[i])
	}
}
