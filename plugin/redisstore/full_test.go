package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
)

// These tests run on the server that is installed: Redis 7 or Valkey 8. Redis 6.2 lets the same
// first commands through (HDEL and DEL free memory) and then the rest of the script, but no such
// server is tried here.

// full is a server that takes no command that needs memory.
type full struct {
	t      *testing.T
	server *redistest.Server
	rdb    redis.UniversalClient
	s      *redisstore.Store
}

func newFull(t *testing.T, now func() time.Time) *full {
	t.Helper()
	server := redistest.Real(t, "--maxmemory-policy", "noeviction")
	rdb := redistest.Client(t, server.Addr(), tunePatiently)
	return &full{t: t, server: server, rdb: rdb, s: newStore(t, rdb, patiently(now))}
}

// fill makes the server refuse what needs memory, and shows it.
func (f *full) fill() {
	f.t.Helper()
	f.server.Configure(f.t, "maxmemory", "1")
	if err := f.rdb.Set(context.Background(), "x", "y", 0).Err(); !redis.HasErrorPrefix(err, "OOM") {
		f.t.Fatalf("the server is not full: %v", err)
	}
}

func (f *full) relieve() { f.server.Configure(f.t, "maxmemory", "0") }

func (f *full) logins(subject string, n int) []session.Session {
	f.t.Helper()
	var list []session.Session
	for range n {
		list = append(list, login(f.t, f.s, subject))
	}
	return list
}

func (f *full) revoke(r session.Revocation, want int) {
	f.t.Helper()
	r.Until = time.Now().Add(retain)
	if n, err := f.s.Revoke(context.Background(), r); err != nil || n != want {
		f.t.Errorf("Revoke, kind %d, except %v: %d, %v; want %d", r.Kind, r.Except, n, err, want)
	}
}

func (f *full) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Errorf("%s: %v", what, err)
	}
}

func TestAFullServerEndsSessions(t *testing.T) {
	t.Parallel()
	f := newFull(t, nil)
	ctx := context.Background()
	alice, bob, carol, dave, erin := f.logins("alice", 3), f.logins("bob", 3), f.logins("carol", 150), f.logins("dave", 2), f.logins("erin", 1)
	for generation := range uint32(3) {
		f.must("refresh", rotates(f.s, dave[0].ID, generation+1, session.OutcomeAdvanced))
	}
	token := session.NewTokenID()
	f.fill()

	f.revoke(session.Revocation{Kind: session.KindSession, ID: alice[0].ID, Reason: "left"}, 1)
	f.revoke(session.Revocation{Kind: session.KindToken, ID: alice[1].ID, Token: token}, 1)
	f.revoke(session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0)}, 0)
	f.revoke(session.Revocation{Kind: session.KindSubject, Subject: "bob", Except: bob[1].ID, Reason: "cut"}, 2)
	f.revoke(session.Revocation{Kind: session.KindSubject, Subject: "carol", Reason: "cut"}, 150)
	f.revoke(session.Revocation{Kind: session.KindSubject, Subject: "nobody"}, 0)
	f.must("reuse", rotates(f.s, dave[0].ID, 1, session.OutcomeReused))
	f.must("restore", f.s.Restore(ctx, 0, []session.Entry{
		{Kind: session.KindSession, ID: dave[1].ID, Until: time.Now().Add(retain)},
		{Kind: session.KindSubject, Subject: "frank", Cutoff: session.CutoffAt(f.s.Now(), session.ID{}), Until: f.s.Now().Add(retain)},
	}))
	f.must("ping", f.s.Ping(ctx))
	f.must("announce", f.s.Announce(ctx, session.Node{ID: "n1", Name: "a"}, time.Minute))

	afterwards := func() {
		t.Helper()
		f.must("alice", errors.Join(checks(f.s, alice[0], token, session.ErrRevoked), checks(f.s, alice[1], token, session.ErrRevoked),
			checks(f.s, alice[1], session.TokenID{}, nil), lists(f.s, "alice", alice[1].ID, alice[2].ID), ended(f.s, alice[0].ID, "left"),
			logs(f.s, session.Entry{Kind: session.KindSession, ID: alice[0].ID})))
		f.must("bob", errors.Join(checks(f.s, bob[0], token, session.ErrRevoked), checks(f.s, bob[1], token, nil),
			lists(f.s, "bob", bob[1].ID), ended(f.s, bob[2].ID, "cut"), logs(f.s, session.Entry{Kind: session.KindSubject, Subject: "bob"})))
		f.must("carol", errors.Join(checks(f.s, carol[149], token, session.ErrRevoked), lists(f.s, "carol"), ended(f.s, carol[0].ID, "cut")))
		f.must("dave", errors.Join(checks(f.s, dave[0], token, session.ErrRevoked), checks(f.s, dave[1], token, session.ErrRevoked),
			lists(f.s, "dave"), ended(f.s, dave[0].ID, session.ReasonReuse)))
		f.must("erin", checks(f.s, erin[0], token, nil))
		nodes, err := f.s.Nodes(ctx)
		if err != nil || len(nodes) != 1 {
			t.Errorf("nodes %v, %v; want one", nodes, err)
		}
	}
	afterwards()
	f.revoke(session.Revocation{Kind: session.KindAll}, 4) // two of alice's, one of bob's, erin's
	f.must("all", errors.Join(checks(f.s, erin[0], token, session.ErrRevoked), gets(f.s, alice[2].ID, session.ErrNotFound)))
	f.relieve()
	f.must("all", errors.Join(checks(f.s, erin[0], token, session.ErrRevoked), gets(f.s, alice[2].ID, session.ErrNotFound)))
	for _, subject := range []string{"alice", "bob", "carol", "dave", "erin", "frank"} {
		f.must("login afterwards", lists(f.s, subject, login(t, f.s, subject).ID))
	}
}

// Who is logged in stays so, and no refresh token is lost.
func TestAFullServerRefreshes(t *testing.T) {
	t.Parallel()
	f := newFull(t, nil)
	ctx := context.Background()
	one := login(t, f.s, "alice")
	f.fill()
	long := rotationOf(one.ID, 1)
	long.IdleTTL, long.IP, long.UserAgent = 2*idleTTL, "2001:db8::1", string(slices.Repeat([]byte("x"), session.MaxUserAgent))
	long.TokenEnd = time.Now().Add(8 * time.Hour)
	r, err := f.s.Rotate(ctx, long)
	if err != nil || r.Outcome != session.OutcomeAdvanced || r.Session.UserAgent != long.UserAgent {
		t.Errorf("refresh: outcome %d, %v", r.Outcome, err)
	}
	retry := rotationOf(one.ID, 1)
	retry.TokenEnd = time.Now().Add(9 * time.Hour)
	if r, err = f.s.Rotate(ctx, retry); err != nil || r.Outcome != session.OutcomeRetried {
		t.Errorf("retry: outcome %d, %v", r.Outcome, err)
	}
	f.must("ahead", rotates(f.s, one.ID, 9, session.OutcomeAhead))
	f.must("refresh", rotates(f.s, one.ID, 10, session.OutcomeAdvanced))
	// A use that is not recorded makes only a retry more generous.
	if err := f.s.Confirm(ctx, []session.Use{{ID: one.ID, Generation: 11}}); err != nil && !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("confirm: %v", err)
	}
	f.must("check", errors.Join(checks(f.s, one, session.TokenID{}, nil), lists(f.s, "alice", one.ID)))
	f.relieve()
	f.must("refresh afterwards", rotates(f.s, one.ID, 11, session.OutcomeAdvanced))
	// The token of the retry counts although the server was full: the revocation lasts until its end.
	f.revoke(session.Revocation{Kind: session.KindSession, ID: one.ID}, 1)
	entries, _, err := f.s.Read(ctx, 0, session.Position{}, 10, 0)
	if err != nil || len(entries) != 1 || entries[0].Until.Before(retry.TokenEnd) {
		t.Errorf("log %+v, %v; want one entry until %v", entries, err, retry.TokenEnd)
	}
}

func TestALoginOnAFullServerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock()
	f := newFull(t, clock.Now)
	ctx := context.Background()
	crowd := f.logins("alice", 3)
	bob := f.logins("bob", 2)
	f.revoke(session.Revocation{Kind: session.KindSession, ID: bob[1].ID}, 1)
	f.must("restore", f.s.Restore(ctx, 0, []session.Entry{ // ends the sessions, and leaves the list as it is
		{Kind: session.KindSubject, Subject: "bob", Cutoff: session.CutoffAt(f.s.Now(), session.ID{}), Until: f.s.Now().Add(retain)},
	}))
	gone := loginOf("gone")
	gone.IdleTTL = time.Millisecond
	if _, err := f.s.Create(ctx, gone); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Millisecond) // its list is not cleaned by that
	f.fill()
	before := f.content()
	for _, c := range []session.Create{
		{Subject: "alice"}, {Subject: "alice", Limit: 3}, {Subject: "alice", Limit: 9, RefuseOverLimit: true}, {Subject: "bob"}, {Subject: "gone"}, {Subject: "new"},
	} {
		c.IdleTTL, c.MaxTTL, c.TokenEnd = idleTTL, maxTTL, time.Now().Add(retain)
		if created, err := f.s.Create(ctx, c); !errors.Is(err, session.ErrUnavailable) || created.Session.Subject != "" {
			t.Errorf("login of %s: %+v, %v; want ErrUnavailable", c.Subject, created, err)
		}
	}
	if after := f.content(); !slices.Equal(before, after) {
		t.Errorf("the logins changed the content:\n%q\n%q", before, after)
	}
	f.relieve()
	c := loginOf("alice")
	c.Limit = 4
	created, err := f.s.Create(ctx, c)
	if err != nil || len(created.Evicted) != 0 {
		t.Errorf("login afterwards ended %v, %v; want none", created.Evicted, err)
	}
	f.must("list", lists(f.s, "alice", crowd[0].ID, crowd[1].ID, crowd[2].ID, created.Session.ID))
}

// content returns all keys and what they hold, in order.
func (f *full) content() []string {
	f.t.Helper()
	ctx := context.Background()
	keys := f.rdb.Keys(ctx, "*").Val()
	slices.Sort(keys)
	all := keys
	for _, key := range keys {
		text, err := f.rdb.Dump(ctx, key).Result()
		if err != nil {
			f.t.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// A server that has lost its data while it is full takes back what was revoked.
func TestAFullServerThatLostItsDataIsHealed(t *testing.T) {
	t.Parallel()
	f := newFull(t, nil)
	ctx := context.Background()
	one := f.logins("alice", 2)
	before := stateOf(t, f.s, one[0])
	f.fill()
	if err := f.rdb.FlushAll(ctx).Err(); err != nil {
		t.Fatal(err)
	}
	f.must("announcement", f.s.Restore(ctx, 0, nil))
	lost := []session.Entry{
		{Kind: session.KindSession, ID: one[0].ID, Until: time.Now().Add(retain)},
		{Kind: session.KindToken, ID: one[1].ID, Token: session.NewTokenID(), Until: time.Now().Add(retain)},
		{Kind: session.KindSubject, Subject: "bob", Cutoff: session.CutoffAt(f.s.Now(), session.ID{}), Until: f.s.Now().Add(retain)},
		{Kind: session.KindAll, Cutoff: session.CutoffAt(time.Now().Add(-time.Hour), session.ID{}), Until: time.Now().Add(retain)},
	}
	f.must("restore", f.s.Restore(ctx, 0, lost))
	st := stateOf(t, f.s, one[0])
	if st.Epoch == "" || st.Epoch == before.Epoch || !st.Restoring.After(st.Now) || st.Length != 4 {
		t.Errorf("state %+v; want another epoch than %q, somebody who restores, 4 entries", st, before.Epoch)
	}
	f.must("check", checks(f.s, one[0], session.TokenID{}, session.ErrRevoked))
	f.must("refresh", rotates(f.s, one[0].ID, 1, session.OutcomeGone))
	f.relieve()
	entries, _, err := f.s.Read(ctx, 0, session.Position{}, 10, 0)
	if err != nil || len(entries) != 4 {
		t.Errorf("log %+v, %v; want 4 entries", entries, err)
	}
}
