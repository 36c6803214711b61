package redisstore

import (
	"context"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/session"
)

// A session's key is the random part of its id. If two logins drew the same, the second user must
// not get the first one's session, as the same login does that is sent again.
func TestTheSameRandomBitsGiveNobodyAnothersSession(t *testing.T) {
	t.Parallel()
	s, err := New(redistest.Client(t, redistest.Single(t).Addr(), Tune), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	id := session.NewID(time.Time{}, 0)
	for _, step := range []struct{ subject, want string }{{"alice", "OK"}, {"alice", "OK"}, {"bob", "TAKEN"}, {"alic", "TAKEN"}, {"alice", "OK"}} {
		r, err := s.begin(t.Context(), 0, id, session.Create{Subject: step.subject, IdleTTL: time.Hour, MaxTTL: time.Hour})
		if err != nil || r.text(0) != step.want {
			t.Errorf("a login of %s: %v, %v; want %s", step.subject, r, err, step.want)
		}
	}
	list, err := s.List(t.Context(), "bob")
	if err != nil || len(list) != 0 {
		t.Errorf("bob has %v, %v", list, err)
	}
}
