package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// options are the settings of a run.
type options struct {
	rounds int
	length time.Duration // of each measurement
	conns  int
	lists  []int // sizes of the revocation lists, smallest first
	only   string
	out    string // the folder for the report
	cpu    string // the folder for CPU profiles; "": none
}

func main() {
	if spec := os.Getenv(serveEnv); spec != "" {
		exitOn(serveMain(spec))
		return
	}
	o := options{lists: []int{0, 10_000, 1_000_000}}
	short := flag.Bool("short", false, "run one short round with small lists, to check that everything works; writes no report")
	flag.IntVar(&o.rounds, "rounds", 15, "rounds per table")
	flag.DurationVar(&o.length, "length", 400*time.Millisecond, "length of one measurement")
	flag.IntVar(&o.conns, "conns", 32, "connections")
	flag.StringVar(&o.only, "only", "", "measure only this table: hs256, rs256, lists, refresh or login; writes no report")
	flag.StringVar(&o.out, "out", filepath.Join("..", "..", "..", "..", "docs"), "folder of benchmarks.md and benchmarks.svg")
	flag.StringVar(&o.cpu, "cpuprofile", "", "folder for a CPU profile of each server")
	flag.Parse()
	if *short {
		o.shorten()
	}
	if o.only != "" {
		o.out = "" // a page with one table would lose the others
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(run(ctx, o))
}

func (o *options) shorten() {
	o.rounds, o.length, o.conns, o.lists, o.out = 1, 50*time.Millisecond, 4, []int{0, 1000}, ""
}

// run measures every table and writes the report.
func run(ctx context.Context, o options) error {
	started, busy := time.Now(), loadAverage()
	rig, err := newRig(ctx, o)
	if err != nil {
		return err
	}
	defer rig.close()
	var results []result
	for _, t := range tables(o) {
		if o.only != "" && o.only != t.name {
			continue
		}
		r, err := rig.measure(ctx, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		r.print(os.Stdout)
		results = append(results, r)
	}
	if len(results) == 0 {
		return fmt.Errorf("unknown table %q: see -help for the names", o.only)
	}
	if o.out == "" {
		return nil
	}
	machine := append(rig.machine(ctx), "Load average of the machine before and after the run: "+busy+" and "+loadAverage()+". The nearer the first to 0, the better.")
	return writeReport(o.out, conditions{machine, started, time.Since(started), o}, results)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}
