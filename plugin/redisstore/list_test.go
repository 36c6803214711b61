package redisstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Sessions of one user may be begun with different longest lives.
func TestTheListOfASubjectExpires(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(f forgetting, id session.ID){
		"idle":    func(f forgetting, _ session.ID) { f.clock.Advance(2 * idleTTL) },
		"evicted": func(forgetting, session.ID) {},
		"subject": func(f forgetting, _ session.ID) { f.revoke(t, ofAlice()) },
		"spared":  func(f forgetting, id session.ID) { r := ofAlice(); r.Except = id; f.revoke(t, r) },
		"all":     func(f forgetting, _ session.ID) { f.revoke(t, session.Revocation{Kind: session.KindAll}) },
	} {
		f := newForgetting(t)
		long := loginOf("alice")
		long.MaxTTL = 10 * maxTTL
		created, err := f.Create(t.Context(), long)
		if err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(time.Second)
		end(f, created.Session.ID)
		next := loginOf("alice")
		next.Limit = 1
		if _, err := f.Create(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		for _, key := range f.rdb.Keys(t.Context(), "*:l:alice").Val() {
			if ttl := f.rdb.TTL(t.Context(), key).Val(); ttl <= 0 {
				t.Errorf("%s: %s never expires: %v", name, key, ttl)
			}
		}
	}
}

// Redis has lost sessions, but not the list that names them.
func TestALoginAtTheLimitEndsWhatIsOnlyInTheList(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), tunePatiently)
	s := newStore(t, rdb, redisstore.Options{Timeout: 500 * time.Millisecond})
	for range 100 {
		login(t, s, "alice")
	}
	for _, key := range rdb.Keys(t.Context(), "ginauth:*:s:*").Val() {
		rdb.Del(t.Context(), key)
	}
	c := loginOf("alice")
	c.Limit = 2
	for range 3 {
		if _, err := s.Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := s.List(t.Context(), "alice"); err != nil || len(list) != 2 {
		t.Errorf("%d sessions, %v; want 2", len(list), err)
	}
}

// A full server begins nothing, also where a login frees what earlier sessions have left.
func TestAFullServerBeginsNothing(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), tunePatiently)
	for name, before := range map[string]func(f forgetting){
		"first login": func(forgetting) {},
		"idle":        func(f forgetting) { f.login(t, "alice", time.Time{}); f.clock.Advance(20 * maxTTL) },
		"ended": func(f forgetting) {
			f.login(t, "alice", time.Time{})
			f.revoke(t, session.Revocation{Kind: session.KindAll})
		},
	} {
		f := newForgetting(t)
		f.rdb, f.Store = rdb, newStore(t, rdb, patiently(f.clock.Now))
		f.login(t, "bob", time.Time{})
		before(f)
		server.Configure(t, "maxmemory", "1")
		_, err := f.Create(t.Context(), loginOf("alice"))
		server.Configure(t, "maxmemory", "0")
		if !errors.Is(err, session.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", name, err)
		}
	}
}

// Else a stolen refresh token of the last generation would be taken for a late retry.
func TestAFullServerTakesNoteOfATokenInUse(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), tunePatiently)
	s := newStore(t, rdb, redisstore.Options{Timeout: patience})
	sess := login(t, s, "alice")
	key := rdb.Keys(t.Context(), "*:s:*").Val()[0]
	before := rdb.PTTL(t.Context(), key).Val()
	server.Configure(t, "maxmemory", "1")
	if err := s.Confirm(t.Context(), []session.Use{{ID: sess.ID, Generation: 1}}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), sess.ID); err != nil || !got.Confirmed {
		t.Errorf("%+v, %v; want it confirmed", got, err)
	}
	if after := rdb.PTTL(t.Context(), key).Val(); after > before || before-after > time.Minute {
		t.Errorf("the key now lives %v, want %v", after, before)
	}
}
