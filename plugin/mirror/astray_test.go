package mirror_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// astray is a store whose address moves: some connections still lead to the old server.
type astray struct {
	*faulty
	mu       sync.Mutex
	old      *memstore.Store
	strays   int             // so many revocations go to the old server
	leftover []session.Entry // a waiting read at the old server returns them
}

// straying is how long connections to the old server live.
const straying = 2 * time.Second

func (a *astray) Doubt() time.Duration { return straying }

// Revoke goes to the old server, while another node puts an earlier cut-off back at the new one.
func (a *astray) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	a.mu.Lock()
	stray := a.strays
	a.strays--
	a.mu.Unlock()
	if stray <= 0 {
		return a.faulty.Revoke(ctx, r)
	}
	earlier := session.CutoffAt(a.Now().Add(-time.Duration(stray)*time.Second), session.ID{})
	err := a.Restore(ctx, 0, []session.Entry{{Kind: r.Kind, Subject: r.Subject, Cutoff: earlier, Until: a.Now().Add(time.Hour)}})
	if err != nil {
		return 0, err
	}
	return a.old.Revoke(ctx, r)
}

func (a *astray) Read(ctx context.Context, shard int, after session.Position, limit int, wait time.Duration) ([]session.Entry, session.Position, error) {
	a.mu.Lock()
	leftover := a.leftover
	if wait > 0 {
		a.leftover = nil
	}
	a.mu.Unlock()
	if wait > 0 && leftover != nil {
		return leftover, after, nil
	}
	return a.faulty.Read(ctx, shard, after, limit, wait)
}

// A cut-off reaches the old server, and the node reads it back from the new one.
func TestACutoffThatTheLogDoesNotShowIsNotAcknowledged(t *testing.T) {
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		a := &astray{faulty: behindFaults(memstore.New()), old: memstore.New(), strays: 500}
		m := ready(t, a, lively())
		sess := login(t, m, "alice")
		rev := session.Revocation{Kind: kind}
		if kind == session.KindSubject {
			rev.Subject = "alice"
		}
		if _, err := m.Revoke(t.Context(), rev); !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("%v: no try reached the log: %v, want ErrUnavailable", kind, err)
		}
		a.mu.Lock()
		a.strays = 1
		a.mu.Unlock()
		revoke(t, m, rev)
		if !refused(t, m, probe(sess)) || !refused(t, a, probe(sess)) {
			t.Errorf("%v: acknowledged, and the session is served", kind)
		}
	}
}

// The clock stands still, and the second cut-off changes nothing.
func TestTheSameCutoffTwiceInAMillisecondIsAcknowledgedTwice(t *testing.T) {
	a := &astray{faulty: behindFaults(memory(newClock()))}
	m := ready(t, a, lively())
	for range 2 {
		revoke(t, m, session.Revocation{Kind: session.KindSubject, Subject: "alice"})
		revoke(t, m, session.Revocation{Kind: session.KindAll})
	}
}

// A node read an entry from the old server after it had read all of the new one's log.
func TestWhatWasReadFromAnOldServerIsPutBackAtTheNewOne(t *testing.T) {
	for name, then := range map[string]func(t *testing.T, m *mirror.Mirror, c *clock){
		"when no connection leads to the old one": func(_ *testing.T, _ *mirror.Mirror, c *clock) { c.Advance(2 * straying) },
		"when the node stops before": func(t *testing.T, m *mirror.Mirror, _ *clock) {
			if err := m.Close(t.Context()); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			a := &astray{faulty: behindFaults(memory(c))}
			o := lively()
			o.Now = c.Now
			m := ready(t, a, o)
			sess := login(t, a, "alice")
			a.faulty.set(func(f *faulty) {
				f.state = func(st *session.LogState) { st.Server, st.Doubt = "the new one", straying }
			})
			c.Advance(time.Millisecond) // so that it is not the moment zero
			eventually(t, "the move is noticed", func() bool { return errors.Is(m.Status().Shards[0].Cause, mirror.ErrServerChanged) })
			a.mu.Lock()
			a.leftover = []session.Entry{{Kind: session.KindSession, ID: sess.ID, Until: c.Now().Add(time.Hour)}}
			a.mu.Unlock()
			eventually(t, "the node has read it", func() bool { return m.Status().Entries == 1 })
			if refused(t, a, probe(sess)) {
				t.Fatal("it was put back too early for this test")
			}
			then(t, m, c)
			eventually(t, "the new server has it", func() bool { return refused(t, a, probe(sess)) })
		})
	}
}
