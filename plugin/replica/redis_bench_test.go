//go:build unix

package replica_test

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/redistest"
	"github.com/ginauth/ginauth/plugin/replica"
	"github.com/ginauth/ginauth/plugin/session"
)

// fill writes n revocations to the log as redisstore would, in large steps.
func fill(b *testing.B, rdb redis.UniversalClient, n int) {
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

// BenchmarkRedisColdSync is the time from New until the copy is in step.
func BenchmarkRedisColdSync(b *testing.B) {
	const n = 1_000_000
	server := redistest.Real(b)
	fill(b, redistest.Client(b, server.Addr(), nil), n)
	for b.Loop() {
		r := ready(b, onRedis(b, server.Addr()), replica.Options{})
		if got := r.Status().Entries; got != n {
			b.Fatalf("%d entries", got)
		}
		if err := r.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedisPropagation is a revocation that seven other nodes hear of.
func BenchmarkRedisPropagation(b *testing.B) {
	nodes := nodesOn(b, redistest.Real(b).Addr(), 8, replica.Options{})
	took := propagation(b, nodes, 2000)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-us")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRedisFollowers is what 100 nodes cost one Redis, idle and at 100
// revocations a second.
func BenchmarkRedisFollowers(b *testing.B) {
	const followers, rate, seconds = 100, 100, 5
	server := redistest.Real(b)
	nodes := nodesOn(b, server.Addr(), followers, replica.Options{})
	measure := func(work func()) float64 {
		before := cpu(b, server.Pid())
		began := time.Now()
		work()
		return 100 * (cpu(b, server.Pid()) - before).Seconds() / time.Since(began).Seconds()
	}
	b.ReportMetric(measure(func() { time.Sleep(seconds * time.Second) }), "idle-%cpu")
	var took []time.Duration
	busy := measure(func() {
		tick := time.NewTicker(time.Second / rate)
		defer tick.Stop()
		for range rate * seconds {
			<-tick.C
			took = append(took, propagation(b, nodes, 1)[followers-2])
		}
	})
	b.ReportMetric(busy, "busy-%cpu")
	b.ReportMetric(float64(len(took))/seconds, "revocations/s")
	b.ReportMetric(0, "ns/op")
}

// cpu is the processor time that a process has used.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Skip("needs /proc: ", err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // ticks of 1/100 s
}
