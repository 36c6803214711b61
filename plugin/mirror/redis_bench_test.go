//go:build unix

package mirror_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// fill writes n revocations to the log as redisstore would, in large steps.
func fill(b testing.TB, rdb redis.UniversalClient, n int) {
	b.Helper()
	const script = `for i = 1, #ARGV do redis.call('XADD', KEYS[1], '*', 'x', %d, 's', ARGV[i]) end`
	text := fmt.Sprintf(script, time.Now().Add(time.Hour).Unix())
	for n > 0 {
		ids := make([]any, min(n, 5000))
		for i := range ids {
			ids[i] = session.NewID(time.Now(), 0).String()
		}
		n -= len(ids)
		if err := rdb.Eval(b.Context(), text, []string{"ginauth:{0}:log"}, ids...).Err(); err != nil && !errors.Is(err, redis.Nil) {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedisColdSync measures the time from New until the copy is in step.
func BenchmarkRedisColdSync(b *testing.B) {
	const n = 1_000_000
	server := redistest.Real(b)
	fill(b, redistest.Client(b, server.Addr(), nil), n)
	var read []time.Duration
	for b.Loop() {
		start := time.Now()
		r := open(b, onRedis(b, server.Addr()), mirror.Options{})
		eventuallyIn(b, time.Minute, "read", func() bool { return r.Status().Entries == n })
		read = append(read, time.Since(start))
		eventuallyIn(b, time.Minute, "in step", r.Ready)
		if err := r.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(read)
	b.ReportMetric(float64(read[len(read)/2].Milliseconds()), "read-median-ms")
}

// BenchmarkRedisPropagation measures how long after the call of a revocation each of eight other
// nodes learns of it, and the last of the eight.
func BenchmarkRedisPropagation(b *testing.B) {
	server := redistest.Real(b)
	revoker := onRedis(b, server.Addr())
	hearers := newAudience(nodesOn(b, server.Addr(), 8, mirror.Options{}))
	var all, last []time.Duration
	for b.Loop() {
		took := hearers.hear(b, revoker)
		all, last = append(all, took...), append(last, took[len(took)-1])
	}
	slices.Sort(all)
	slices.Sort(last)
	at := func(took []time.Duration, percent int) float64 {
		return float64(took[(len(took)-1)*percent/100].Microseconds())
	}
	b.ReportMetric(at(all, 50), "p50-us")
	b.ReportMetric(at(all, 99), "p99-us")
	b.ReportMetric(at(all, 100), "max-us")
	b.ReportMetric(at(last, 50), "last-p50-us")
	b.ReportMetric(at(last, 99), "last-p99-us")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRedisFlushed measures the time from FLUSHALL until the log holds all revocations
// again, with three nodes, logins, and requests with revoked tokens.
func BenchmarkRedisFlushed(b *testing.B) {
	for _, entries := range []int{2_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("entries=%d", entries), func(b *testing.B) {
			var took []time.Duration
			tried := 0
			for b.Loop() {
				f := flush(b, entries)
				took = append(took, f.took)
				tried += f.tried
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "healed-median-ms")
			b.ReportMetric(float64(took[len(took)-1].Milliseconds()), "healed-max-ms")
			b.ReportMetric(float64(tried)/float64(len(took)), "revoked-tried")
			b.ReportMetric(0, "ns/op")
		})
	}
}
