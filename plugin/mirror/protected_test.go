//go:build unix

package mirror_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
)

// commands returns how often Redis has run each command, without the follower's waiting reads
// and the commands of this question itself.
func commands(t testing.TB, rdb redis.UniversalClient) (counts string, waiting string) {
	t.Helper()
	text, err := rdb.Info(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	var rest []string
	for line := range strings.Lines(text) {
		name, said, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "cmdstat_")), ":")
		calls, _, _ := strings.Cut(said, ",")
		switch name {
		case "# Commandstats", "info", "hello": // hello: connections are replaced all the time
		case "xread":
			waiting = calls
		default:
			rest = append(rest, name+" "+calls)
		}
	}
	slices.Sort(rest)
	return strings.Join(rest, ", "), waiting
}

func TestRedisHearsNothingOfTenThousandProtectedRequests(t *testing.T) {
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), nil)
	// A slow heartbeat keeps its own commands out of the counts.
	r := ready(t, onRedis(t, server.Addr()), mirror.Options{MaxStaleness: time.Hour, Heartbeat: 30 * time.Minute})
	app := authtest.On(t, authtest.NewClock(), r)
	token := app.Login("user1").AccessToken
	get := func() {
		if reply := app.Get("/protected", token); reply.Status != http.StatusOK {
			t.Fatal(reply)
		}
	}
	get() // the first use is confirmed in the store
	eventually(t, "the session is confirmed", func() bool {
		list, err := r.List(t.Context(), "user1")
		return err == nil && len(list) == 1 && list[0].Confirmed
	})
	before, _ := commands(t, rdb)
	if !strings.Contains(before, "evalsha calls=") {
		t.Fatalf("the login is not in the statistics: %s", before)
	}
	for range 10_000 {
		get()
	}
	after, waiting := commands(t, rdb)
	t.Logf("before and after: %s; besides, xread %s", before, waiting)
	if before != after {
		t.Errorf("10,000 protected requests made Redis work:\nbefore %s\nafter  %s", before, after)
	}
}

// route is an application with a copy of n artificial revocations, and requests of live sessions.
type route struct {
	app      *authtest.App
	requests []*http.Request
	took     []float64 // ns per request, by block
}

// sessions take turns, because the bucket of a single one would stay in the nearest cache.
const sessions = 64

func newRoute(b *testing.B, revoked uint64) *route {
	b.Helper()
	r := ready(b, endless{LoggedStore: memstore.New(), n: revoked}, mirror.Options{MaxStaleness: time.Hour})
	if got := r.Status().Entries; got != int(revoked) {
		b.Fatalf("%d entries, want %d", got, revoked)
	}
	p := &route{app: authtest.On(b, authtest.NewClock(), r, func(c *ginauth.Config) { c.MaxSessions = sessions })}
	for range sessions {
		request := httptest.NewRequest(http.MethodGet, "/protected", http.NoBody)
		request.Header.Set("Authorization", "Bearer "+p.app.Login("user1").AccessToken)
		p.requests = append(p.requests, request)
	}
	return p
}

func (p *route) block(b *testing.B, requests int) float64 {
	b.Helper()
	w := &onlyStatus{header: http.Header{}}
	began := time.Now()
	for i := range requests {
		p.app.Engine.ServeHTTP(w, p.requests[i%len(p.requests)])
		if w.status != http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
	return float64(time.Since(began).Nanoseconds()) / float64(requests)
}

// onlyStatus keeps the cost of recording a reply out of the figures.
type onlyStatus struct {
	header http.Header
	status int
}

func (w *onlyStatus) Header() http.Header         { return w.header }
func (w *onlyStatus) Write(b []byte) (int, error) { return len(b), nil }
func (w *onlyStatus) WriteHeader(status int)      { w.status = status }

// BenchmarkProtectedByListSize compares a protected request, without a network, at 0 and at
// 1,000,000 revocations, in alternating blocks of 256 requests in one process. The ratio is that
// of neighbouring blocks.
func BenchmarkProtectedByListSize(b *testing.B) {
	empty, full := newRoute(b, 0), newRoute(b, 1_000_000)
	var ratios []float64
	for b.Loop() {
		first, second := empty, full
		if rand.IntN(2) == 0 { //nolint:gosec // an order, not a secret
			first, second = full, empty
		}
		for _, p := range []*route{first, second} {
			p.took = append(p.took, p.block(b, 256))
		}
		n := len(empty.took) - 1
		ratios = append(ratios, full.took[n]/empty.took[n])
	}
	for _, values := range [][]float64{empty.took, full.took, ratios} {
		slices.Sort(values)
	}
	quantile := func(values []float64, q float64) float64 { return values[int(q*float64(len(values)-1))] }
	b.ReportMetric(quantile(empty.took, 0.5), "ns/request-at-0")
	b.ReportMetric(quantile(full.took, 0.5), "ns/request-at-1M")
	b.ReportMetric(quantile(ratios, 0.25), "ratio-q1")
	b.ReportMetric(quantile(ratios, 0.5), "ratio-median")
	b.ReportMetric(quantile(ratios, 0.75), "ratio-q3")
	b.ReportMetric(0, "ns/op")
}
