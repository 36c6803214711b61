package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// The server's clock counts, and it may be set at any time. These tests set the clock of a
// miniredis without the store's knowledge.

func TestServersClockIsFarFromOurs(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-1000 * time.Hour, 1000 * time.Hour} {
		mini := redistest.Mini(t)
		mini.SetTime(time.Now().Add(off))
		s := newStore(t, redistest.Client(t, mini.Addr(), redisstore.Tune), redisstore.Options{})
		sess := login(t, s, "carol")
		if d := time.Until(sess.CreatedAt) - off; d.Abs() > time.Minute {
			t.Errorf("off by %v: begun at %v", off, sess.CreatedAt)
		}
		if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); err != nil {
			t.Errorf("off by %v: Check: %v", off, err)
		}
	}
}

func TestServersClockJumps(t *testing.T) {
	t.Parallel()
	mini := redistest.Mini(t)
	start := time.Now()
	mini.SetTime(start)
	s := newStore(t, redistest.Client(t, mini.Addr(), redisstore.Tune), redisstore.Options{})
	long := loginOf("carol")
	long.IdleTTL = maxTTL
	created, err := s.Create(context.Background(), long)
	if err != nil {
		t.Fatal(err)
	}
	sess, generation := created.Session, uint32(1)
	for _, at := range []time.Duration{
		30 * time.Minute, // every call is now late by the clock that the store has estimated
		-10 * time.Hour,
		31 * time.Minute,
		2 * time.Second,
	} {
		mini.SetTime(start.Add(at))
		next := rotationOf(sess.ID, generation)
		next.IdleTTL = maxTTL
		r, err := s.Rotate(context.Background(), next)
		if err != nil || r.Outcome != session.OutcomeAdvanced {
			t.Fatalf("clock at %v: outcome %d, %v; want advanced", at, r.Outcome, err)
		}
		generation++
		if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); err != nil {
			t.Errorf("clock at %v: Check: %v", at, err)
		}
	}
	mini.SetTime(start.Add(maxTTL))
	if r, err := s.Rotate(context.Background(), rotationOf(sess.ID, generation)); err != nil || r.Outcome != session.OutcomeGone {
		t.Errorf("past the end: outcome %d, %v; want gone", r.Outcome, err)
	}
	if _, err := s.Get(context.Background(), sess.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("Get past the end: %v, want ErrNotFound", err)
	}
	if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); !errors.Is(err, session.ErrRevoked) {
		t.Errorf("Check past the end: %v, want ErrRevoked", err)
	}
}

// A clock that was set back must not save a session from "revoke everything".
func TestClockSetBackDoesNotShieldSessions(t *testing.T) {
	t.Parallel()
	mini := redistest.Mini(t)
	start := time.Now()
	mini.SetTime(start)
	s := newStore(t, redistest.Client(t, mini.Addr(), redisstore.Tune), redisstore.Options{})
	for _, r := range []session.Revocation{
		{Kind: session.KindAll, Until: time.Now().Add(retain)},
		{Kind: session.KindSubject, Subject: "dave", Until: time.Now().Add(retain)},
	} {
		mini.SetTime(start)
		sess := login(t, s, "dave")
		mini.SetTime(start.Add(-time.Hour))
		if n, err := s.Revoke(context.Background(), r); err != nil || n != 1 {
			t.Errorf("kind %d ended %d, %v; want 1", r.Kind, n, err)
		}
		if _, err := s.Get(context.Background(), sess.ID); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("kind %d: Get: %v, want ErrNotFound", r.Kind, err)
		}
		next := login(t, s, "dave")
		if _, err := s.Get(context.Background(), next.ID); err != nil {
			t.Errorf("kind %d: the next login: %v", r.Kind, err)
		}
		if _, err := s.Revoke(context.Background(), session.Revocation{Kind: session.KindSession, ID: next.ID, Until: time.Now().Add(retain)}); err != nil {
			t.Fatal(err)
		}
	}
}

// clockSet is a change of the server's clock during a login.
type clockSet struct {
	by     time.Duration
	before bool // set before the revocation, or after it
	seen   bool // the store has noticed
}

// A login was under way when another server took over, whose clock differs: it must be told all
// the same that a revocation came after its beginning.
func TestALoginIsOvertakenAlthoughTheClockWasSet(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]clockSet{
		"set back a little, unnoticed":             {-500 * time.Millisecond, true, false},
		"set back a little":                        {-500 * time.Millisecond, true, true},
		"set back far":                             {-time.Hour, true, true},
		"set forward":                              {time.Hour, false, true},
		"set forward a little":                     {100 * time.Millisecond, false, true},
		"set forward, unnoticed":                   {time.Hour, false, false},
		"set forward, and then revoked, noticed":   {time.Hour, true, true},
		"set forward, and then revoked, unnoticed": {time.Hour, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.overtakes(t)
		})
	}
}

// overtakes begins a login, revokes its subject on another node, and wants the login refused.
func (c clockSet) overtakes(t *testing.T) {
	mini := redistest.Mini(t)
	set := func(by time.Duration) { mini.SetTime(time.Now().Add(by)) }
	set(0)
	rdb := redistest.Client(t, mini.Addr(), tunePatiently)
	s, other := newStore(t, rdb, redisstore.Options{Timeout: patience}), newStore(t, rdb, redisstore.Options{Timeout: patience})
	login(t, s, "alice")
	set(0)
	ping := func(s *redisstore.Store) {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ping(s)
	ping(other)
	under := loginOf("alice")
	under.Began = s.Now()
	time.Sleep(20 * time.Millisecond) // the password is checked
	if c.before {
		set(c.by)
	} else {
		set(0)
	}
	if _, err := other.Revoke(t.Context(), ofAlice()); err != nil {
		t.Fatal(err)
	}
	set(c.by)
	if c.seen {
		ping(s)
	}
	if _, err := s.Create(t.Context(), under); !errors.Is(err, session.ErrOvertaken) {
		t.Errorf("%v, want ErrOvertaken", err)
	}
}

// A session that seems to begin in the future since the clock was set back is no forged one: the
// store has it.
func TestAClockSetBackLogsNobodyOut(t *testing.T) {
	t.Parallel()
	mini := redistest.Mini(t)
	start := time.Now()
	mini.SetTime(start)
	s := newStore(t, redistest.Client(t, mini.Addr(), redisstore.Tune), redisstore.Options{})
	early := login(t, s, "erin")
	if _, err := s.Revoke(t.Context(), session.Revocation{Kind: session.KindSubject, Subject: "frank", Until: start.Add(retain)}); err != nil {
		t.Fatal(err)
	}
	mini.SetTime(start.Add(-time.Hour))
	for _, sess := range []session.Session{early, login(t, s, "frank")} { // frank's begins after his cut-off, in an hour
		if err := s.Check(t.Context(), session.Probe{ID: sess.ID, Subject: sess.Subject}); err != nil {
			t.Errorf("%s: %v", sess.Subject, err)
		}
		forged := session.Probe{ID: session.NewID(sess.CreatedAt, 0), Subject: sess.Subject}
		if err := s.Check(t.Context(), forged); !errors.Is(err, session.ErrInvalidID) {
			t.Errorf("an absent one beside that of %s: %v", sess.Subject, err)
		}
	}
}
