package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// result is a measured table. samples[i][r] belongs to entry i in round r.
type result struct {
	table
	samples [][]sample
	memory  []int // of each server, in MiB
}

// measure starts the servers of a table, loads them round by round, and stops them.
func (r *rig) measure(ctx context.Context, t table) (result, error) {
	out := result{table: t, samples: make([][]sample, len(t.entries)), memory: make([]int, len(t.entries))}
	servers := make([]*process, len(t.entries))
	loaders := make([]*loader, len(t.entries))
	defer func() {
		for i := range servers {
			if loaders[i] != nil {
				loaders[i].close()
			}
			servers[i].stop()
		}
	}()
	for i, e := range t.entries {
		var err error
		s := spec{Who: e.who, Alg: e.alg, Redis: r.redis[e.list].addr, Key: r.key, Profile: r.profile(t, e)}
		if servers[i], err = r.startServer(s); err != nil {
			return out, err
		}
		if loaders[i], err = newLoader(ctx, e.who, t.load, servers[i].addr, r.o.conns); err != nil {
			return out, err
		}
	}
	for range r.o.rounds {
		for _, i := range rand.Perm(len(t.entries)) { //nolint:gosec // an order, not a secret
			if ctx.Err() != nil {
				return out, ctx.Err()
			}
			s, err := loaders[i].run(r.o.length)
			if err != nil {
				return out, fmt.Errorf("%s: %w", t.entries[i].label, err)
			}
			out.samples[i] = append(out.samples[i], s)
		}
	}
	for i, p := range servers {
		out.memory[i] = p.memory()
	}
	return out, nil
}

// profile returns the file for a server's CPU profile, or "" for none.
func (r *rig) profile(t table, e entry) string {
	if r.o.cpu == "" {
		return ""
	}
	return filepath.Join(r.o.cpu, strings.NewReplacer(" ", "-", ",", "").Replace(t.name+"-"+e.label+".pprof"))
}

// spread holds the median, minimum and maximum of some rounds.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	values = slices.Sorted(slices.Values(values))
	n := len(values)
	return spread{median: (values[(n-1)/2] + values[n/2]) / 2, least: values[0], most: values[n-1]}
}

func (r result) index(label string) int {
	return slices.IndexFunc(r.entries, func(e entry) bool { return e.label == label })
}

// rate returns the spread of an entry's requests per second.
func (r result) rate(i int) spread {
	return r.over(i, func(s sample) float64 { return s.rate })
}

func (r result) over(i int, value func(sample) float64) spread {
	values := make([]float64, 0, len(r.samples[i]))
	for _, s := range r.samples[i] {
		values = append(values, value(s))
	}
	return spreadOf(values)
}

// ratio returns the spread of the ratio of two entries' rates, computed per round.
func (r result) ratio(i, j int) spread {
	values := make([]float64, 0, len(r.samples[i]))
	for round := range r.samples[i] {
		values = append(values, r.samples[i][round].rate/r.samples[j][round].rate)
	}
	return spreadOf(values)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (r result) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", r.title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "requests/s\t(min\tmax)\tof the first\t(min\tmax)\tp99 ms\t \n")
	for i, e := range r.entries {
		rate, ratio := r.rate(i), r.ratio(i, 0)
		p99 := r.over(i, func(s sample) float64 { return milliseconds(s.p99) })
		fmt.Fprintf(tw, "%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t  %s\n",
			rate.median, rate.least, rate.most, ratio.median, ratio.least, ratio.most, p99.median, e.label)
	}
	_ = tw.Flush()
	for _, v := range r.verdicts() {
		fmt.Fprintln(w, v)
	}
}

// verdict is a target with its measured ratio.
type verdict struct {
	target
	spread
}

func (r result) verdicts() []verdict {
	out := make([]verdict, 0, len(r.targets))
	for _, t := range r.targets {
		out = append(out, verdict{t, r.ratio(r.index(t.of), r.index(t.to))})
	}
	return out
}

// met compares the median with the target.
func (v verdict) met() bool { return v.median >= v.target.least }

// String formats the verdict as one line.
func (v verdict) String() string {
	return fmt.Sprintf("%s / %s: %.2f (%.2f to %.2f), want %.2f: %s", v.of, v.to, v.median, v.spread.least, v.most, v.target.least, v.word())
}

func (v verdict) word() string {
	if v.met() {
		return "met"
	}
	return "missed"
}
