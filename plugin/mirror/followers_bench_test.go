//go:build unix

package mirror_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/mirror"
)

// BenchmarkRedisFollowers measures the load on one Redis from the nodes that follow it, idle and
// at a rate of revocations, and how soon all nodes know each of them. The nodes run in this
// process and share the machine with Redis: the processor time is that of Redis alone, the
// latency is that of all together. The last two rows are one master of a Cluster of 16 that
// 1,000 nodes follow, idle and with its share of 100 revocations a second.
func BenchmarkRedisFollowers(b *testing.B) {
	for _, c := range []struct {
		followers int
		rate      float64
	}{{1, 0}, {1, 100}, {10, 100}, {50, 100}, {100, 0}, {100, 10}, {100, 50}, {100, 100}, {1000, 0}, {1000, 6.25}} {
		b.Run(fmt.Sprintf("followers=%d/rate=%v", c.followers, c.rate), func(b *testing.B) {
			server := redistest.Real(b)
			rdb := redistest.Client(b, server.Addr(), nil)
			revoker := onRedis(b, server.Addr())
			audience := newAudience(nodesOn(b, server.Addr(), c.followers, mirror.Options{}))
			for b.Loop() {
				before, began := usageOf(b, rdb), time.Now()
				count := audience.perform(b, revoker, c.rate, 6*time.Second)
				after, seconds := usageOf(b, rdb), time.Since(began).Seconds()
				b.ReportMetric(100*(after.cpu-before.cpu)/seconds, "redis-%cpu")
				b.ReportMetric((after.commands-before.commands)/seconds, "commands/s")
				b.ReportMetric((after.sent-before.sent)/seconds/1024, "KiB-sent/s")
				if count > 0 {
					took := audience.heardAll(b, count)
					b.ReportMetric(float64(count)/seconds, "revocations/s")
					b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
				}
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// usage holds the resources that a Redis has used since its start.
type usage struct{ cpu, commands, sent float64 }

func usageOf(t testing.TB, rdb redis.UniversalClient) usage {
	t.Helper()
	text, err := rdb.Info(t.Context()).Result()
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) float64 {
		_, rest, found := strings.Cut(text, "\n"+name+":")
		line, _, _ := strings.Cut(rest, "\r")
		v, err := strconv.ParseFloat(line, 64)
		if !found || err != nil {
			t.Fatalf("INFO has no %s: %v", name, err)
		}
		return v
	}
	return usage{
		cpu:      value("used_cpu_user") + value("used_cpu_sys"),
		commands: value("total_commands_processed"),
		sent:     value("total_net_output_bytes"),
	}
}
