package session_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

func TestCutoffIsInclusiveToTheMillisecond(t *testing.T) {
	at := time.UnixMilli(1_800_000_000_123)
	spared := session.NewID(at, 0)
	c := session.CutoffAt(at.Add(999*time.Microsecond), spared)
	for d, want := range map[time.Duration]bool{-time.Hour: true, -time.Millisecond: true, 0: true, time.Millisecond: false, time.Hour: false} {
		if got := c.Ends(session.NewID(at.Add(d), 0)); got != want {
			t.Errorf("a session begun %v after the cut-off: ended = %v, want %v", d, got, want)
		}
	}
	if c.Ends(spared) {
		t.Error("the cut-off ends its exception")
	}
	if (session.Cutoff{}).Ends(spared) {
		t.Error("the zero cut-off ends a session")
	}
}

// A small world: five milliseconds with two sessions each, and every cut-off that
// can be made in it, exceptions of the future included.
func world() (ids []session.ID, cutoffs []session.Cutoff) {
	for ms := int64(1); ms <= 5; ms++ {
		for range 2 {
			ids = append(ids, session.NewID(time.UnixMilli(ms), 0))
		}
	}
	excepts := append([]session.ID{{}}, ids...)
	for at := int64(0); at <= 5; at++ {
		for _, e := range excepts {
			cutoffs = append(cutoffs, session.Cutoff{At: at, Except: e})
		}
	}
	return ids, cutoffs
}

func TestMergeEndsExactlyWhatEitherEnds(t *testing.T) {
	ids, cutoffs := world()
	for _, c := range cutoffs {
		for _, d := range cutoffs {
			m := c.Merge(d)
			for _, id := range ids {
				if want := c.Ends(id) || d.Ends(id); m.Ends(id) != want {
					t.Fatalf("%+v merged with %+v is %+v: ends %v = %v, want %v", c, d, m, id.Created().UnixMilli(), !want, want)
				}
			}
		}
	}
}

// Stores fold cut-offs one by one, in whatever order they come.
func TestManyMergedInAnyOrder(t *testing.T) {
	ids, cutoffs := world()
	rng := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same draws in every run
	for range 20_000 {
		some := make([]session.Cutoff, 2+rng.IntN(5))
		var m session.Cutoff
		for i := range some {
			some[i] = cutoffs[rng.IntN(len(cutoffs))]
			m = m.Merge(some[i])
		}
		for _, id := range ids {
			want := false
			for _, c := range some {
				want = want || c.Ends(id)
			}
			if m.Ends(id) != want {
				t.Fatalf("%+v folded to %+v: ends %d = %v, want %v", some, m, id.Created().UnixMilli(), !want, want)
			}
		}
		// A store compares to see whether it already knows a cut-off.
		for _, c := range some {
			if again := m.Merge(c); again != m {
				t.Fatalf("%+v folded to %+v, and %+v once more to %+v", some, m, c, again)
			}
		}
	}
}
