package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine describes in lines the machine that a run used.
func (r *rig) machine(ctx context.Context) []string {
	lines := []string{
		fmt.Sprintf("%s, %d processors in use by each process, %s/%s; servers, Redis and the load generator share them.",
			processor(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH),
		fmt.Sprintf("Go %s, Redis %s without persistence, one server on loopback.", strings.TrimPrefix(runtime.Version(), "go"), r.redisVersion(ctx)),
	}
	for _, n := range r.o.lists {
		if n > 0 {
			lines = append(lines, fmt.Sprintf("Writing %d revocations of both kinds into Redis took %.1f s.", n, r.seeded[n].Seconds()))
		}
	}
	return lines
}

// processor returns the name of the processor, if the operating system reveals it.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "a processor of unknown name"
}

func (r *rig) redisVersion(ctx context.Context) string {
	rdb := newClient(r.redis[r.o.lists[0]].addr)
	defer rdb.Close()
	info, _ := rdb.Info(ctx, "server").Result()
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(line, "redis_version:"); ok {
			return strings.TrimSpace(version)
		}
	}
	return "of unknown version"
}

// loadAverage is the average number of runnable processes in the last minute. It shows what
// else the machine was doing.
func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, ok := strings.Cut(string(text), " ")
	if !ok {
		return "unknown"
	}
	return first
}
