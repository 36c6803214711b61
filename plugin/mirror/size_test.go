package mirror_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// endless is a log of n artificial revocations that takes no memory itself.
type endless struct {
	session.LoggedStore // may be nil: New and Check call only the methods below
	n                   uint64
}

func (endless) Shards() int { return 1 }

func (e endless) State(context.Context, int) (session.LogState, error) {
	return session.LogState{Epoch: "e", Last: session.Position{MS: e.n}, Length: int64(e.n), Now: time.Now()}, nil
}

func (e endless) Read(ctx context.Context, _ int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	entries := make([]session.Entry, 0, limit)
	for len(entries) < limit && after.MS < e.n {
		after.MS++
		entries = append(entries, session.Entry{Kind: session.KindSession, ID: nth(after.MS), Until: time.Now().Add(life)})
	}
	if len(entries) == 0 {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return entries, after, nil
}

// nth spreads n over the random bits of an id.
func nth(n uint64) session.ID {
	var id session.ID
	n = (n + 1) * 0x9e3779b97f4a7c15
	binary.BigEndian.PutUint64(id[8:], n^n>>29)
	return id
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// loadedWith opens a copy of n revocations, and returns the bytes of heap per revocation.
func loadedWith(t testing.TB, n uint64) (*mirror.Mirror, float64) {
	t.Helper()
	before := heap()
	r := ready(t, endless{n: n}, mirror.Options{MaxStaleness: time.Hour})
	if got := r.Status().Entries; got != int(n) {
		t.Fatalf("%d entries, want %d", got, n)
	}
	after := heap()
	return r, float64(int64(after)-int64(before)) / float64(max(n, 1))
}

// BenchmarkCheck measures a million entries.
func TestEntryTakesAtMost64Bytes(t *testing.T) {
	for _, n := range []uint64{150_000, 200_000, 260_000} { // maps grow in steps
		r, each := loadedWith(t, n)
		t.Logf("%d entries: %.1f bytes each", n, each)
		if each > 64 {
			t.Errorf("%d entries: %.1f bytes each, want at most 64", n, each)
		}
		runtime.KeepAlive(r)
	}
}

// BenchmarkCheck looks up live and revoked sessions in copies of different sizes. The time for a
// revoked session in a large copy depends on the machine's memory. For comparison, "memory" is
// one random read in as many bytes.
func BenchmarkCheck(b *testing.B) {
	b.Run("memory", func(b *testing.B) {
		bytes, n := make([]byte, 40<<20), uint64(0)
		for i := range bytes {
			bytes[i] = 1
		}
		for b.Loop() {
			id := nth(n) // the next address depends on the last read, as in a look-up
			n += uint64(bytes[binary.BigEndian.Uint64(id[8:])%uint64(len(bytes))])
		}
	})
	for _, n := range []uint64{0, 1_000_000} {
		r, each := loadedWith(b, n)
		bench := func(name string, first uint64, want error) {
			b.Run(fmt.Sprintf("revoked=%d/%s", n, name), func(b *testing.B) {
				ctx, i := context.Background(), uint64(0)
				b.ReportAllocs()
				for b.Loop() {
					i++
					id := nth(first + i%max(n, 1))
					if err := r.Check(ctx, session.Probe{ID: id, Subject: "alice"}); !errors.Is(err, want) {
						b.Fatal(err)
					}
				}
				b.ReportMetric(each, "heap-B/entry")
			})
		}
		bench("live", 1<<40, nil)
		if n > 0 {
			bench("revoked", 1, session.ErrRevoked)
		}
		b.Run(fmt.Sprintf("revoked=%d/parallel", n), func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				ctx, i := context.Background(), uint64(1<<40)
				for pb.Next() {
					i++
					if err := r.Check(ctx, session.Probe{ID: nth(i), Subject: "alice"}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
