package mirror_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
)

// doubtful is a store whose server may have been replaced unnoticed.
type doubtful struct {
	*faulty
	doubt time.Duration
}

func (d doubtful) Doubt() time.Duration { return d.doubt }

func TestStoreOfTooMuchDoubtIsRefused(t *testing.T) {
	for doubt, good := range map[time.Duration]bool{
		2500 * time.Millisecond: true, 2500*time.Millisecond + 1: false, time.Hour: false,
	} {
		m, err := mirror.New(wrapped{doubtful{behindFaults(memstore.New()), doubt}}, mirror.Options{MaxStaleness: 5 * time.Second})
		if err == nil {
			_ = m.Close(context.Background())
		}
		if good != (err == nil) || err != nil && !strings.Contains(err.Error(), "ConnLife") {
			t.Errorf("a doubt of %v: %v", doubt, err)
		}
	}
}

// The clock stands still, so the bound is exact: MaxStaleness less the doubt.
func TestAProofIsAsOldAsItsDoubt(t *testing.T) {
	c := newClock()
	f := behindFaults(memory(c))
	f.state = func(st *session.LogState) { st.Doubt = 2 * time.Second }
	r := ready(t, doubtful{f, 2 * time.Second}, mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	sess := login(t, r, "alice")
	f.set(func(f *faulty) { f.cut = true })
	c.Advance(3*time.Second - time.Millisecond)
	if err := r.Check(t.Context(), probe(sess)); err != nil {
		t.Errorf("within the bound: %v", err)
	}
	c.Advance(time.Millisecond)
	if err := r.Check(t.Context(), probe(sess)); !errors.Is(err, session.ErrUnavailable) || r.Ready() {
		t.Errorf("past the bound: %v, want ErrUnavailable", err)
	}
}

// A server that refuses this node's writes is not believed: State fails, reads go on.
func TestStoreThatGivesNoStateMakesTheCopyStale(t *testing.T) {
	c := newClock()
	f := behindFaults(memory(c))
	r := ready(t, f, mirror.Options{MaxStaleness: 5 * time.Second, Heartbeat: 5 * time.Millisecond, Now: c.Now})
	f.set(func(f *faulty) { f.noState = true })
	other := session.NewID(c.Now(), 0)
	revoke(t, f, session.Revocation{Kind: session.KindSession, ID: other})
	eventually(t, "reads go on", func() bool { return refused(t, r, session.Probe{ID: other, Subject: "alice"}) })
	c.Advance(5 * time.Second)
	if r.Ready() {
		t.Error("in step without a proof")
	}
}
