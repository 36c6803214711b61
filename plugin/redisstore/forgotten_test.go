package redisstore_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// forgetting is a store whose clock a test moves far beyond its revocations.
type forgetting struct {
	*redisstore.Store
	rdb   redis.UniversalClient
	clock *storetest.Clock
}

func newForgetting(t *testing.T) forgetting {
	clock := storetest.NewClock()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), tunePatiently)
	return forgetting{newStore(t, rdb, patiently(clock.Now)), rdb, clock}
}

// login begins a session that lives for long after its token has ended.
func (f forgetting) login(t *testing.T, subject string, began time.Time) session.ID {
	t.Helper()
	c := loginOf(subject)
	c.Began, c.IdleTTL, c.MaxTTL, c.TokenEnd = began, 10*maxTTL, 10*maxTTL, f.clock.Now().Add(retain)
	created, err := f.Create(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return created.Session.ID
}

func (f forgetting) revoke(t *testing.T, r session.Revocation) int {
	t.Helper()
	n, err := f.Revoke(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// forget lets the time of all revocations so far pass, and gives the store occasion to drop them.
func (f forgetting) forget(t *testing.T) {
	t.Helper()
	f.clock.Advance(2 * time.Hour)
	for range 20 {
		f.revoke(t, session.Revocation{Kind: session.KindSession, ID: session.NewID(f.clock.Now(), 0), Until: f.clock.Now()})
	}
}

func (f forgetting) gone(t *testing.T, why string, id session.ID) {
	t.Helper()
	r, err := f.Rotate(t.Context(), rotationOf(id, 1))
	if err != nil || r.Outcome != session.OutcomeGone {
		t.Errorf("%s: outcome %d, %v; want gone", why, r.Outcome, err)
	}
}

// The cleaning after an earlier revocation was cut short, or is still going on: the sessions that
// the next revocation ends cannot be set aside for cleaning. They must stay dead all the same.
func TestASessionStaysDeadWhenARevocationMetTheCleaningOfAnother(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(t *testing.T, f forgetting){
		"once": func(t *testing.T, f forgetting) { f.revoke(t, ofAlice()) },
		"twice": func(t *testing.T, f forgetting) {
			f.revoke(t, ofAlice())
			f.revoke(t, ofAlice())
		},
		"and again after a login that came before the cleaning": func(t *testing.T, f forgetting) {
			node := &dying{command: "exists"}
			f.rdb.AddHook(node)
			if _, err := f.Revoke(t.Context(), ofAlice()); err == nil {
				t.Error("the node did not die")
			}
			node.command = ""
			f.login(t, "alice", time.Time{})
			f.revoke(t, ofAlice())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForgetting(t)
			id := f.login(t, "alice", time.Time{})
			// What a node leaves that dies while it cleans.
			list := f.rdb.Keys(t.Context(), "*:l:alice").Val()[0]
			f.rdb.ZAdd(t.Context(), strings.Replace(list, ":l:", ":d:", 1),
				redis.Z{Score: float64(f.clock.Now().Add(time.Hour).UnixMilli()), Member: session.NewID(f.clock.Now(), 0).String()})
			f.clock.Advance(time.Second)
			revoke(t, f)
			f.gone(t, "at once", id)
			f.forget(t)
			f.gone(t, "two hours later", id)
		})
	}
}

func ofAlice() session.Revocation {
	return session.Revocation{Kind: session.KindSubject, Subject: "alice", Until: time.Now().Add(retain)}
}

// dying makes a store's node die, as far as Redis can tell: a command never arrives.
type dying struct{ command string }

func (d *dying) DialHook(next redis.DialHook) redis.DialHook          { return next }
func (d *dying) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (d *dying) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if cmds[0].Name() == d.command {
			return io.ErrUnexpectedEOF
		}
		return next(ctx, cmds)
	}
}

func TestARestoredCutOffAheadOfTheClockRefusesNoLoginToCome(t *testing.T) {
	t.Parallel()
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		f := newForgetting(t)
		before := f.Now()
		f.clock.Advance(time.Second)
		e := session.Entry{Kind: kind, Subject: "alice", Cutoff: session.CutoffAt(f.clock.Now().Add(time.Hour), session.ID{}), Until: f.clock.Now().Add(2 * time.Hour)}
		if err := f.Restore(t.Context(), 0, []session.Entry{e}); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(time.Second)
		f.login(t, "alice", f.Now())
		c := loginOf("alice")
		c.Began = before
		if _, err := f.Create(t.Context(), c); !errors.Is(err, session.ErrOvertaken) {
			t.Errorf("kind %d: begun before it was put back: %v, want ErrOvertaken", kind, err)
		}
	}
}

// A user was ended and logged in again, and then the revocation was put back: the store had lost
// it. The sessions of after the revocation are still in the user's list at the next login.
func TestASessionOfAfterACutOffThatWasPutBackIsListedAndEnded(t *testing.T) {
	t.Parallel()
	for _, kind := range []session.Kind{session.KindSubject, session.KindAll} {
		f := newForgetting(t)
		dead := f.login(t, "alice", time.Time{})
		f.clock.Advance(time.Second)
		e := session.Entry{Kind: kind, Subject: "alice", Cutoff: session.CutoffAt(f.clock.Now(), session.ID{}), Until: f.clock.Now().Add(time.Hour)}
		f.clock.Advance(time.Second)
		id := f.login(t, "alice", f.Now())
		if err := f.Restore(t.Context(), 0, []session.Entry{e}); err != nil {
			t.Fatal(err)
		}
		for want := 2; want < 4; want++ {
			c := loginOf("alice")
			c.Limit, c.RefuseOverLimit = want, true // the dead one does not count
			if _, err := f.Create(t.Context(), c); err != nil {
				t.Errorf("kind %d: %v", kind, err)
			}
			if list, err := f.List(t.Context(), "alice"); err != nil || len(list) != want {
				t.Errorf("kind %d: %d sessions in the list, %v; want %d", kind, len(list), err, want)
			}
		}
		f.clock.Advance(time.Second)
		r := ofAlice()
		r.Except = id
		if n := f.revoke(t, r); n != 2 {
			t.Errorf("kind %d: %d sessions were ended, want 2", kind, n)
		}
		if _, err := f.Get(t.Context(), id); err != nil {
			t.Errorf("kind %d: the session that was spared: %v", kind, err)
		}
		f.clock.Advance(time.Second)
		f.revoke(t, ofAlice())
		f.forget(t)
		f.gone(t, "two hours later", id)
		f.gone(t, "two hours later, ended by what was put back", dead)
	}
}
