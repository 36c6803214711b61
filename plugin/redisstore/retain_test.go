package redisstore_test

import (
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Nodes may disagree about how long tokens live, and some revocations matter longer than
// others: a short retain must not drop entries with a long one.
func TestAShortRevocationDropsNoLongOne(t *testing.T) {
	t.Parallel()
	s := newStore(t, redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune), redisstore.Options{Timeout: patience})
	ctx := t.Context()
	if _, err := s.Revoke(ctx, session.Revocation{Kind: session.KindSubject, Subject: "alice", Retain: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for range 400 { // Redis trims whole blocks of 100
		r := session.Revocation{Kind: session.KindSession, ID: session.NewID(time.Now(), 0), Retain: time.Millisecond}
		if _, err := s.Revoke(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := s.Read(ctx, 0, session.Position{}, 1, 0)
	if err != nil || len(entries) != 1 || entries[0].Subject != "alice" {
		t.Errorf("the log begins with %+v, %v; want the revocation of alice", entries, err)
	}
}
