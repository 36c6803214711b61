package redisstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/session"
)

// Nodes may disagree about how long tokens live, and some revocations matter longer than
// others: those that are over must not take along those that are not.
func TestAShortRevocationDropsNoLongOne(t *testing.T) {
	t.Parallel()
	f := newForgetting(t)
	long := ofAlice()
	long.Until = f.clock.Now().Add(10 * time.Hour)
	f.revoke(t, long)
	f.forget(t)
	f.forget(t)
	entries, _, err := f.Read(t.Context(), 0, session.Position{}, 100, 0)
	if err != nil || len(entries) == 0 || entries[0].Subject != "alice" {
		t.Errorf("the log begins with %+v, %v; want the revocation of alice", entries, err)
	}
}

// All tokens of a session have expired, but it could still be refreshed. Its revocation must be in
// the log long enough for nodes to learn it: should the store lose it, they put it back.
func TestARevocationAfterTheLastTokenIsInTheLog(t *testing.T) {
	t.Parallel()
	for kind, r := range map[string]session.Revocation{
		"session": {Kind: session.KindSession}, "subject": {Kind: session.KindSubject, Subject: "alice"}, "all": {Kind: session.KindAll},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newForgetting(t)
			r.ID = f.login(t, "alice", time.Time{})
			f.clock.Advance(2 * time.Hour)
			f.revoke(t, r)
			entries, _, err := f.Read(t.Context(), int(r.ID.Shard()), session.Position{}, 10, 0)
			if err != nil || len(entries) != 1 || entries[0].Kind != r.Kind || entries[0].Until.Before(f.clock.Now()) {
				t.Errorf("the log holds %+v, %v; want the revocation, until now at least", entries, err)
			}
		})
	}
	t.Run("reuse", func(t *testing.T) {
		t.Parallel()
		f := newForgetting(t)
		id := f.login(t, "alice", time.Time{})
		for g := uint32(1); g < 3; g++ {
			n := rotationOf(id, g)
			n.IdleTTL, n.TokenEnd = maxTTL, f.clock.Now().Add(retain)
			if _, err := f.Rotate(t.Context(), n); err != nil {
				t.Fatal(err)
			}
		}
		f.clock.Advance(2 * time.Hour)
		if r, err := f.Rotate(t.Context(), rotationOf(id, 1)); err != nil || r.Outcome != session.OutcomeReused {
			t.Fatal(r, err)
		}
		f.revoke(t, session.Revocation{Kind: session.KindSession, ID: session.NewID(f.clock.Now(), 0)})
		entries, _, err := f.Read(t.Context(), 0, session.Position{}, 10, 0)
		if err != nil || len(entries) != 2 || entries[0].ID != id || entries[0].Until.Before(f.clock.Now()) {
			t.Errorf("the log holds %+v, %v; want the end of %v", entries, err, id)
		}
	})
}

// What the store keeps about subjects that were ended goes some day, whenever they were ended.
func TestNothingIsKeptForEverAboutSubjectsThatWereEnded(t *testing.T) {
	t.Parallel()
	f := newForgetting(t)
	f.login(t, "warm", time.Time{})
	f.clock.Advance(2 * time.Hour)
	for i := range 100 {
		f.revoke(t, session.Revocation{Kind: session.KindSubject, Subject: fmt.Sprint("user-", i)})
		f.clock.Advance(time.Second)
	}
	f.clock.Advance(30 * 24 * time.Hour)
	for range 100 {
		f.forget(t)
	}
	for _, key := range f.rdb.Keys(t.Context(), "*:shard").Val() {
		for _, field := range f.rdb.HKeys(t.Context(), key).Val() {
			if strings.HasPrefix(field, "u:") {
				t.Fatalf("%s still has %s", key, field)
			}
		}
	}
}
