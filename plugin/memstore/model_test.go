package memstore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Random steps, each judged by the lists of before and after it.
func TestRandomStepsKeepTheIndexesAndTheOrder(t *testing.T) {
	for seed := range uint64(20) {
		w := &world{
			T: t, rng: rand.New(rand.NewPCG(seed, 1)), clock: newClock(), //nolint:gosec // the same steps in every run
		}
		w.store = open(w.clock)
		for range 400 {
			w.step()
			if err := w.store.Sound(); err != nil || t.Failed() {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	}
}

type world struct {
	*testing.T
	rng   *rand.Rand
	clock *clock
	store *memstore.Store
}

func (w *world) step() {
	subject := fmt.Sprintf("subject-%d", w.rng.IntN(3))
	list := w.list(subject)
	switch w.rng.IntN(10) {
	case 0, 1, 2, 3:
		w.login(subject, list)
	case 4, 5:
		w.clock.Advance(time.Duration(w.rng.IntN(4)) * 20 * time.Second)
	case 6:
		if sess, ok := w.pick(list); ok {
			_, err := w.store.Rotate(w.Context(), session.Rotation{ID: sess.ID, Generation: sess.Generation, IdleTTL: w.ttl()})
			w.must(err)
		}
	case 7:
		if sess, ok := w.pick(list); ok {
			w.counts(session.Revocation{Kind: session.KindSession, ID: sess.ID}, 1)
		}
	case 8:
		sess, _ := w.pick(list)
		w.ends(subject, list, sess.ID)
	case 9:
		w.restores(subject, list)
	}
}

func (w *world) ttl() time.Duration { return time.Duration(1+w.rng.IntN(4)) * time.Minute }

func (w *world) must(err error) {
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) list(subject string) []session.Session {
	list, err := w.store.List(w.Context(), subject)
	w.must(err)
	return list
}

func (w *world) pick(list []session.Session) (session.Session, bool) {
	if len(list) == 0 {
		return session.Session{}, false
	}
	return list[w.rng.IntN(len(list))], true
}

// login expects that the sessions that would idle out first are ended, of several the older.
func (w *world) login(subject string, before []session.Session) {
	limit := 1 + w.rng.IntN(12)
	created, err := w.store.Create(w.Context(), session.Create{
		Subject: subject, IdleTTL: w.ttl(), MaxTTL: time.Hour, Limit: limit,
	})
	w.must(err)
	slices.Reverse(before) // now oldest first
	slices.SortStableFunc(before, func(a, b session.Session) int { return a.IdleAt.Compare(b.IdleAt) })
	var want []session.ID
	for _, sess := range before[:max(0, len(before)+1-limit)] {
		want = append(want, sess.ID)
	}
	if !slices.Equal(created.Evicted, want) {
		w.Errorf("evicted %v, want %v", created.Evicted, want)
	}
	if after := w.list(subject); len(after) != len(before)+1-len(want) || after[0].ID != created.Session.ID {
		w.Errorf("%d sessions became %d, evicted %d", len(before), len(after), len(want))
	}
}

func (w *world) counts(r session.Revocation, want int) {
	if n, err := w.store.Revoke(w.Context(), r); err != nil || n != want {
		w.Errorf("Revoke of kind %d ended %d, %v; want %d", r.Kind, n, err, want)
	}
}

func (w *world) ends(subject string, list []session.Session, except session.ID) {
	if w.rng.IntN(4) == 0 {
		all := 0
		for i := range 3 {
			all += len(w.list(fmt.Sprintf("subject-%d", i)))
		}
		w.counts(session.Revocation{Kind: session.KindAll}, all)
		return
	}
	w.counts(session.Revocation{Kind: session.KindSubject, Subject: subject, Except: except}, max(0, len(list)-1))
	if after := w.list(subject); len(after) != min(len(list), 1) || len(after) == 1 && after[0].ID != except {
		w.Errorf("after the end of all but one: %d sessions", len(after))
	}
}

// restores puts back a cut-off of some moment of the past.
func (w *world) restores(subject string, list []session.Session) {
	spared, _ := w.pick(list)
	c := session.CutoffAt(w.clock.Now().Add(-time.Duration(w.rng.IntN(7))*20*time.Second), spared.ID)
	e := session.Entry{Kind: session.KindSubject, Subject: subject, Cutoff: c, Until: w.clock.Now()}
	if w.rng.IntN(4) == 0 {
		e.Kind, e.Subject = session.KindAll, ""
	}
	w.must(w.store.Restore(w.Context(), 0, []session.Entry{e}))
	want := slices.DeleteFunc(list, func(sess session.Session) bool { return c.Ends(sess.ID) })
	if after := w.list(subject); !slices.EqualFunc(after, want, func(a, b session.Session) bool { return a.ID == b.ID }) {
		w.Errorf("after a cut-off: %d sessions, want %d", len(after), len(want))
	}
}
