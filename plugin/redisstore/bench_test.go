package redisstore_test

import (
	"context"
	"runtime"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// BenchmarkCheck checks from one goroutine, and from 32 at once, which share round trips.
func BenchmarkCheck(b *testing.B) {
	s := newStore(b, redistest.Client(b, redistest.Real(b).Addr(), redisstore.Tune), redisstore.Options{})
	sess := login(b, s, "carol")
	p := session.Probe{ID: sess.ID, Token: session.NewTokenID(), Subject: "carol"}
	b.Run("callers=1", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Check(context.Background(), p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("callers=32", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(32 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := s.Check(context.Background(), p); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func BenchmarkRotate(b *testing.B) {
	s := newStore(b, redistest.Client(b, redistest.Real(b).Addr(), redisstore.Tune), redisstore.Options{})
	b.ReportAllocs()
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		sess := login(b, s, session.NewTokenID().String())
		for n := uint32(1); pb.Next(); n++ {
			if r, err := s.Rotate(context.Background(), rotationOf(sess.ID, n)); err != nil || r.Outcome != session.OutcomeAdvanced {
				b.Error(r.Outcome, err)
			}
		}
	})
}
