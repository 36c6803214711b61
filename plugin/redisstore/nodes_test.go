package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// Nodes of one application may have different settings for a while, as in a rolling deploy.
func TestNodesWithDifferentSettings(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	clock := storetest.NewClock()
	node := func(timeout time.Duration) *redisstore.Store {
		return newStore(t, redistest.Client(t, server.Addr(), tunePatiently), redisstore.Options{Timeout: timeout, ConnLife: 4 * patience, Now: clock.Now})
	}
	a, b := node(patience), node(3*patience)
	begin := func(s *redisstore.Store, idle time.Duration, limit int) session.Created {
		t.Helper()
		c := loginOf("alice")
		c.IdleTTL, c.Limit, c.TokenEnd = idle, limit, clock.Now().Add(retain)
		created, err := s.Create(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Millisecond)
		return created
	}
	ends := func(created session.Created, want ...session.Session) {
		t.Helper()
		var ids []session.ID
		for _, one := range want {
			ids = append(ids, one.ID)
		}
		if !slices.Equal(created.Evicted, ids) {
			t.Errorf("the login has ended %v, want %v", created.Evicted, ids)
		}
	}
	long := begin(a, 8*time.Hour, 0).Session
	short := begin(b, time.Hour, 0).Session
	middle := begin(a, 2*time.Hour, 0).Session
	ends(begin(b, 4*time.Hour, 3), short) // not the oldest one
	// A refresh through the node with the short idle time brings the session to the front.
	r := session.Rotation{ID: long.ID, Generation: 1, IdleTTL: time.Hour, Grace: grace, TokenEnd: clock.Now().Add(retain)}
	if rotated, err := b.Rotate(context.Background(), r); err != nil || !rotated.Session.IdleAt.Equal(clock.Now().Add(time.Hour)) {
		t.Errorf("%+v, %v", rotated, err)
	}
	ends(begin(a, 8*time.Hour, 3), long)
	ends(begin(b, 8*time.Hour, 9)) // a higher limit ends nothing
	last := begin(a, 8*time.Hour, 2)
	if len(last.Evicted) != 3 || last.Evicted[0] != middle.ID { // a lower one brings the number down
		t.Errorf("a login with a lower limit has ended %v, want 3, the first one %v", last.Evicted, middle.ID)
	}
	clock.AdvanceTo(clock.Now().Add(7 * time.Hour))
	for _, s := range []*redisstore.Store{a, b} {
		if list, err := s.List(context.Background(), "alice"); err != nil || len(list) != 2 {
			t.Errorf("%d sessions in the list, %v; want 2", len(list), err)
		}
		if err := checks(s, short, session.TokenID{}, session.ErrRevoked); err != nil {
			t.Error(err)
		}
	}
}

// Whoever ends a user by one node, and then logs him in by another, is let in: the moment at
// which a login began is translated to the server's clock by an estimate that lags, but not by
// as much as a round trip takes.
func TestALoginRightAfterARevocationByAnotherNode(t *testing.T) {
	t.Parallel()
	const rounds = 300
	server := redistest.Real(t)
	rdb := redistest.Client(t, server.Addr(), redisstore.Tune)
	revoker := newStore(t, rdb, redisstore.Options{Timeout: patience})
	node := func() *redisstore.Store { return newStore(t, rdb, redisstore.Options{Timeout: patience}) }
	old := make([]*redisstore.Store, rounds) // their estimates are from now
	for i := range old {
		old[i] = node()
		if err := old[i].Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	same := node()
	for name, of := range map[string]func(i int) *redisstore.Store{
		"fresh":          func(int) *redisstore.Store { return node() },
		"long in use":    func(int) *redisstore.Store { return same },
		"old estimate":   func(i int) *redisstore.Store { return old[i] },
		"the same store": func(int) *redisstore.Store { return revoker },
	} {
		t.Run(name, func(t *testing.T) {
			refused := 0
			for i := range rounds {
				s := of(i)
				early := loginOf("alice")
				early.Began = s.Now()
				if _, err := revoker.Revoke(t.Context(), session.Revocation{Kind: session.KindSubject, Subject: "alice", Until: time.Now().Add(retain)}); err != nil {
					t.Fatal(err)
				}
				late := loginOf("alice")
				late.Began = s.Now()
				created, err := s.Create(t.Context(), late)
				switch {
				case errors.Is(err, session.ErrOvertaken):
					refused++
				case err != nil:
					t.Fatal(err)
				default:
					if err := checks(s, created.Session, session.TokenID{}, nil); err != nil {
						t.Error(err)
					}
				}
				if created, err := s.Create(t.Context(), early); !errors.Is(err, session.ErrOvertaken) {
					t.Fatalf("round %d: a login that began before the revocation: %+v, %v", i, created, err)
				}
			}
			// On a busy machine every reply may be late, and then so is the estimate of the clock.
			if refused > rounds/10 {
				t.Errorf("%d of %d logins that began after the revocation were refused", refused, rounds)
			}
		})
	}
}
