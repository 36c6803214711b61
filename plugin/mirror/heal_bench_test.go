package mirror_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// revokeMany makes n revocations that no session belongs to.
func revokeMany(t testing.TB, s session.Store, n int) {
	t.Helper()
	for range n {
		revoke(t, s, session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)})
	}
}

// BenchmarkHealed measures the time from the loss of all data until the log of a store in memory
// holds all revocations again, with three and with eight nodes. It shows what the mirrors
// themselves take.
func BenchmarkHealed(b *testing.B) {
	for _, nodes := range []int{1, 3, 8} {
		b.Run(fmt.Sprintf("nodes=%d", nodes), func(b *testing.B) {
			const entries = 100_000
			var took time.Duration
			sent := 0
			for b.Loop() {
				first, empty := memstore.New(), memstore.New()
				revokeMany(b, first, entries)
				faults, mirrors := make([]*faulty, nodes), make([]*mirror.Mirror, nodes)
				for i := range faults {
					faults[i] = behindFaults(first)
					mirrors[i] = open(b, faults[i], mirror.Options{})
				}
				for _, r := range mirrors {
					eventually(b, "it knows", func() bool { return r.Status().Entries == entries && r.Ready() })
				}
				for _, f := range faults {
					f.set(func(f *faulty) { f.inner = empty })
				}
				began := time.Now()
				eventually(b, "healed", func() bool { return entriesOf(b, empty) >= entries })
				took += time.Since(began)
				for _, f := range faults {
					sent += f.count(&f.restored)
				}
			}
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "healed-ms")
			b.ReportMetric(float64(sent)/float64(b.N)/entries, "sent/entry")
			b.ReportMetric(0, "ns/op")
		})
	}
}
