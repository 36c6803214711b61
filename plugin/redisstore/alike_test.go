package redisstore_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// twins runs the same steps on two stores with one clock.
type twins struct {
	t      *testing.T
	rng    *rand.Rand
	clock  *storetest.Clock
	stores [2]session.LoggedStore
	ids    [][2]session.ID // of each session, at each store
	tokens []session.TokenID

	restored bool // a cut-off was put back: then the count of later revocations may be too high
}

// Both stores answer every step alike. How long they remember how a session ended is up
// to each.
func TestRedisAndMemoryAnswerAlike(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	for seed := range uint64(20) {
		w := &twins{t: t, rng: rand.New(rand.NewPCG(seed, 1)), clock: storetest.NewClock()} //nolint:gosec // the same draws in every run
		w.stores[0] = memstore.NewWith(memstore.Options{Now: w.clock.Now})
		o := patiently(w.clock.Now)
		w.stores[1] = newStore(t, redistest.Client(t, server.Addr(), redisstore.Tune), o)
		for range 3 {
			w.tokens = append(w.tokens, session.NewTokenID())
		}
		var done []string
		for n := range 300 {
			w.clock.Advance(time.Duration(1+w.rng.IntN(4)*w.rng.IntN(30_000)) * time.Millisecond)
			name, do := w.draw()
			done = append(done, name)
			var said [2]string
			for i, s := range w.stores {
				said[i] = do(i, s)
			}
			if said[0] != said[1] {
				t.Fatalf("seed %d, step %d: %q\nmemory %s\nredis  %s", seed, n, done, said[0], said[1])
			}
		}
	}
}

func (w *twins) subject() string { return []string{"alice", "bob", "a b\n!"}[w.rng.IntN(3)] }

// id draws a session, mostly a late one. The same draw is used for both stores.
func (w *twins) id() [2]session.ID {
	n := len(w.ids)
	if n == 0 || w.rng.IntN(50) == 0 {
		id := session.NewID(w.clock.Now(), 0)
		return [2]session.ID{id, id}
	}
	return w.ids[max(0, n-1-w.rng.IntN(12))]
}

// deed is something to do at one store, whose answer it returns.
type deed func(i int, s session.LoggedStore) string

// draw chooses a step. It takes all chances before it is run.
func (w *twins) draw() (string, deed) {
	switch dice := w.rng.IntN(100); {
	case dice < 25:
		return w.drawLogin()
	case dice < 50:
		return w.drawRotation()
	case dice < 80:
		return w.drawQuestion()
	case dice < 95:
		return w.drawRevocation()
	default:
		return w.drawRestore()
	}
}

func (w *twins) idle() time.Duration { return time.Duration(1+w.rng.IntN(10)) * time.Minute }

func (w *twins) soon() time.Time {
	return w.clock.Now().Add(time.Duration(w.rng.IntN(600)) * time.Second)
}

func (w *twins) drawLogin() (string, deed) {
	c := session.Create{
		Subject: w.subject(), AuthTime: w.clock.Now().Add(-time.Hour), IP: "192.0.2.1", UserAgent: "ua", Device: []string{"", "phone"}[w.rng.IntN(2)],
		Claims: [][]byte{nil, []byte(`{"a":1}`)}[w.rng.IntN(2)], IdleTTL: w.idle(), MaxTTL: 20 * time.Minute, TokenEnd: w.soon(),
		Limit: w.rng.IntN(5), RefuseOverLimit: w.rng.IntN(4) == 0,
	}
	if w.rng.IntN(3) == 0 {
		c.Began = w.clock.Now().Add(-time.Duration(w.rng.IntN(100)) * time.Second)
	}
	w.ids = append(w.ids, [2]session.ID{})
	name := fmt.Sprintf("login of %q, idle %v, limit %d, refuse %t, began %t", c.Subject, c.IdleTTL, c.Limit, c.RefuseOverLimit, !c.Began.IsZero())
	return name, func(i int, s session.LoggedStore) string {
		created, err := s.Create(w.t.Context(), c)
		if err == nil {
			w.ids[len(w.ids)-1][i] = created.Session.ID
		}
		text := fmt.Sprint(w.text(i, created.Session), class(err))
		for _, id := range created.Evicted {
			text += fmt.Sprint(" evicted ", w.number(i, id))
		}
		return text
	}
}

func (w *twins) drawRotation() (string, deed) {
	id := w.id()
	r := session.Rotation{
		Generation: uint32(w.rng.IntN(5)), IdleTTL: w.idle(), Grace: time.Duration(w.rng.IntN(60)) * time.Second,
		TokenEnd: w.soon(), IP: "2001:db8::1", ReportReuse: w.rng.IntN(4) == 0,
	}
	return fmt.Sprintf("rotate %d, generation %d", w.number(0, id[0]), r.Generation), func(i int, s session.LoggedStore) string {
		r.ID = id[i]
		rotated, err := s.Rotate(w.t.Context(), r)
		return fmt.Sprint(rotated.Outcome, w.text(i, rotated.Session), class(err))
	}
}

// drawQuestion chooses a confirmation, a check, or a look at a session and a user's list.
func (w *twins) drawQuestion() (string, deed) {
	id, subject, token, generation, kind := w.id(), w.subject(), w.token(), uint32(w.rng.IntN(5)), w.rng.IntN(3)
	return fmt.Sprintf("question %d about %d or %q", kind, w.number(0, id[0]), subject), func(i int, s session.LoggedStore) string {
		ctx := w.t.Context()
		switch kind {
		case 0:
			return class(s.Confirm(ctx, []session.Use{{ID: id[i], Generation: generation}}))
		case 1:
			return class(s.Check(ctx, session.Probe{ID: id[i], Token: token, Subject: subject}))
		}
		got, err := s.Get(ctx, id[i])
		list, listErr := s.List(ctx, subject)
		text := fmt.Sprint(w.text(i, got), class(err), class(listErr))
		for _, one := range list {
			text += "\n" + w.text(i, one)
		}
		return text
	}
}

func (w *twins) drawRevocation() (string, deed) {
	id, spared := w.id(), w.rng.IntN(2) == 0
	r := session.Revocation{Kind: w.kind(), Token: w.token(), Subject: w.subject(), Reason: "because", Until: w.soon()}
	name := fmt.Sprintf("revoke kind %d, %d or %q, spared %t", r.Kind, w.number(0, id[0]), r.Subject, spared)
	return name, func(i int, s session.LoggedStore) string {
		r.ID, r.Except = id[i], session.ID{}
		if r.Kind == session.KindSubject && spared {
			r.Except = id[i]
		}
		count, err := s.Revoke(w.t.Context(), r)
		if w.restored {
			count = 0
		}
		return fmt.Sprint(count, class(err))
	}
}

func (w *twins) drawRestore() (string, deed) {
	id, spared := w.id(), w.rng.IntN(2) == 0
	e := session.Entry{Kind: w.kind(), Token: w.token(), Subject: w.subject(), Until: w.soon()}
	at := w.clock.Now().Add(-time.Duration(w.rng.IntN(200_000)) * time.Millisecond)
	w.restored = w.restored || e.Kind >= session.KindSubject
	name := fmt.Sprintf("restore kind %d, %d or %q, spared %t", e.Kind, w.number(0, id[0]), e.Subject, spared)
	return name, func(i int, s session.LoggedStore) string {
		e.ID = id[i]
		e.Cutoff = session.CutoffAt(at, session.ID{})
		if e.Kind == session.KindSubject && spared {
			e.Cutoff.Except = id[i]
		}
		return class(s.Restore(w.t.Context(), 0, []session.Entry{e}))
	}
}

func (w *twins) token() session.TokenID { return w.tokens[w.rng.IntN(len(w.tokens))] }

// kind draws small revocations more often.
func (w *twins) kind() session.Kind {
	switch dice := w.rng.IntN(100); {
	case dice < 45:
		return session.KindToken
	case dice < 70:
		return session.KindSession
	case dice < 96:
		return session.KindSubject
	}
	return session.KindAll
}

// number is a session's number, which is the same at both stores.
func (w *twins) number(i int, id session.ID) int {
	return slices.IndexFunc(w.ids, func(pair [2]session.ID) bool { return pair[i] == id })
}

func (w *twins) text(i int, s session.Session) string {
	n := w.number(i, s.ID)
	s.ID = session.ID{}
	return fmt.Sprintf("%d %+v", n, s)
}

// class names the promised error that err is.
func class(err error) string {
	for _, known := range []error{
		session.ErrRevoked, session.ErrNotFound, session.ErrLimit, session.ErrOvertaken, session.ErrInvalidID, session.ErrInvalidSubject,
	} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}
