package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// A subject chooses part of the key of its list, and other programs share the server: neither
// stops the count of a revocation of everybody, nor loses a key to it.
func TestARevocationOfAllPassesOverWhatIsNoSession(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	ctx := context.Background()
	var sessions []session.Session
	for _, subject := range []string{"a}:session:b", "a}:s:b", "}:s:AGfkNFFypUpYBw", "{0}:s:*", "plain"} {
		for range 2 {
			sessions = append(sessions, login(t, s, subject))
		}
	}
	text := rdb.Get(ctx, "ginauth:{0}:s:"+sessions[0].ID.Tail()).Val()
	foreign := map[string]func(key string) error{
		"ginauth:{0}:s:hash": func(key string) error { return rdb.HSet(ctx, key, "f", 1).Err() },
		"ginauth:{0}:s:stream": func(key string) error {
			return rdb.XAdd(ctx, &redis.XAddArgs{Stream: key, Values: []string{"f", "1"}}).Err()
		},
		"ginauth:{0}:s:text":               func(key string) error { return rdb.Set(ctx, key, "not a session", 0).Err() },
		"ginauth:{0}:s:short":              func(key string) error { return rdb.Set(ctx, key, text, 0).Err() },
		"ginauth:{00}:s:AGfkNFFypUpYBw":    func(key string) error { return rdb.Set(ctx, key, text, 0).Err() },
		"ginauth:{7}:s:AGfkNFFypUpYBw":     func(key string) error { return rdb.Set(ctx, key, text, 0).Err() },
		"ginauth:{0}:app}:s:AGfkNFFypUpYB": func(key string) error { return rdb.Set(ctx, key, text, 0).Err() },
		"ginauth:{app}:s:AGfkNFFypUpYBw":   func(key string) error { return rdb.Set(ctx, key, text, 0).Err() },
	}
	for key, write := range foreign {
		if err := write(key); err != nil {
			t.Fatal(key, err)
		}
	}
	n, err := s.Revoke(ctx, session.Revocation{Kind: session.KindAll, Until: time.Now().Add(retain)})
	if err != nil || n != len(sessions) {
		t.Errorf("ended %d, %v; want %d", n, err, len(sessions))
	}
	for _, sess := range sessions {
		if _, err := s.Get(ctx, sess.ID); !errors.Is(err, session.ErrNotFound) {
			t.Errorf("a session of %q: %v", sess.Subject, err)
		}
	}
	for key := range foreign {
		if rdb.Exists(ctx, key).Val() != 1 {
			t.Errorf("%s is gone", key)
		}
	}
}
