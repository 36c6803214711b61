package redisstore_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// verb is one call, and a look whether it happened.
type verb struct {
	name string
	call func(context.Context) error
	undo func(context.Context) error // an error if the call took effect
}

// verbs are calls on sessions of their own.
func verbs(t *testing.T, s *redisstore.Store) []verb {
	t.Helper()
	for _, warm := range []uint32{1, 1} {
		sess := login(t, s, "warm")
		_, _ = s.Rotate(context.Background(), rotationOf(sess.ID, warm))
		_, _ = s.Revoke(context.Background(), session.Revocation{Kind: session.KindSubject, Subject: "warm", Until: time.Now().Add(retain)})
		_, _ = s.Revoke(context.Background(), session.Revocation{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)})
	}
	refreshed, confirmed := login(t, s, "refreshed"), login(t, s, "confirmed")
	ended, tokenEnded, of := login(t, s, "ended"), login(t, s, "token-ended"), login(t, s, "subject-ended")
	jti := session.NewTokenID()
	alive := func(sess session.Session) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.Check(ctx, session.Probe{ID: sess.ID, Token: jti, Subject: sess.Subject})
		}
	}
	revoke := func(r session.Revocation) func(context.Context) error {
		r.Until = time.Now().Add(retain)
		return func(ctx context.Context) error {
			_, err := s.Revoke(ctx, r)
			return err
		}
	}
	nothing := func(context.Context) error { return nil }
	return []verb{
		{"Create", func(ctx context.Context) error {
			_, err := s.Create(ctx, loginOf("created"))
			return err
		}, func(ctx context.Context) error {
			list, err := s.List(ctx, "created")
			if err == nil && len(list) != 0 {
				err = errors.New("the session was begun")
			}
			return err
		}},
		{"Rotate", func(ctx context.Context) error {
			_, err := s.Rotate(ctx, rotationOf(refreshed.ID, 1))
			return err
		}, func(ctx context.Context) error {
			sess, err := s.Get(ctx, refreshed.ID)
			if err == nil && sess.Generation != 1 {
				err = errors.New("the session was refreshed")
			}
			return err
		}},
		{"Confirm", func(ctx context.Context) error {
			return s.Confirm(ctx, []session.Use{{ID: confirmed.ID, Generation: 1}})
		}, func(ctx context.Context) error {
			sess, err := s.Get(ctx, confirmed.ID)
			if err == nil && sess.Confirmed {
				err = errors.New("the generation was confirmed")
			}
			return err
		}},
		{"Revoke session", revoke(session.Revocation{Kind: session.KindSession, ID: ended.ID}), alive(ended)},
		{"Revoke token", revoke(session.Revocation{Kind: session.KindToken, ID: tokenEnded.ID, Token: jti}), alive(tokenEnded)},
		{"Revoke subject", revoke(session.Revocation{Kind: session.KindSubject, Subject: of.Subject}), alive(of)},
		{"Revoke everything", revoke(session.Revocation{Kind: session.KindAll}), alive(of)},
		{"Restore", func(ctx context.Context) error {
			return s.Restore(ctx, 0, []session.Entry{{Kind: session.KindSession, ID: of.ID, Until: time.Now().Add(retain)}})
		}, alive(of)},
		{"Check", alive(of), nothing},
		{"Get", func(ctx context.Context) error {
			_, err := s.Get(ctx, of.ID)
			return err
		}, nothing},
		{"List", func(ctx context.Context) error {
			_, err := s.List(ctx, of.Subject)
			return err
		}, nothing},
		{"State", func(ctx context.Context) error {
			_, err := s.State(ctx, 0)
			return err
		}, nothing},
		{"Read", func(ctx context.Context) error {
			_, _, err := s.Read(ctx, 0, session.Position{}, 10, 0)
			return err
		}, nothing},
		{"Read that waits", func(ctx context.Context) error {
			_, _, err := s.Read(ctx, 0, session.Position{MS: 1 << 50}, 10, time.Second)
			return err
		}, nothing},
		{"Ping", s.Ping, nothing},
	}
}

// A server that does not answer fails every call in time, and does not carry out later the
// calls that were given up.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tune func(*redis.UniversalOptions)
	}{{"tuned client", redisstore.Tune}, {"client at the defaults", nil}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Real(t)
			s := newStore(t, redistest.Client(t, server.Addr(), c.tune), redisstore.Options{})
			calls := verbs(t, s)
			before := stateOf(t, s, session.Session{})
			server.Pause()
			failInTime(t, calls)
			server.Resume()
			for _, v := range calls {
				if err := v.undo(context.Background()); err != nil {
					t.Errorf("%s, after it was given up: %v", v.name, err)
				}
			}
			if after := stateOf(t, s, session.Session{}); after.Last != before.Last {
				t.Errorf("the log went on from %v to %v by calls that were given up", before.Last, after.Last)
			}
		})
	}
}

// failInTime makes all calls at once.
func failInTime(t *testing.T, calls []verb) {
	t.Helper()
	var wg sync.WaitGroup
	for _, v := range calls {
		wg.Go(func() {
			start := time.Now()
			err := v.call(context.Background())
			if took := time.Since(start); took > 2500*time.Millisecond {
				t.Errorf("%s took %v", v.name, took)
			}
			var cause net.Error
			if !errors.Is(err, session.ErrUnavailable) || !errors.As(err, &cause) || !cause.Timeout() {
				t.Errorf("%s: %v, want ErrUnavailable because of a time-out", v.name, err)
			}
		})
	}
	wg.Wait()
}

func TestRestartWithDataLost(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	s := newStore(t, redistest.Client(t, server.Addr(), redisstore.Tune), redisstore.Options{})
	sess := login(t, s, "carol")
	before := stateOf(t, s, sess)
	server.Stop()
	if _, err := s.Get(context.Background(), sess.ID); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Get without a server: %v, want ErrUnavailable", err)
	}
	server.Restart()
	if err := s.Check(context.Background(), session.Probe{ID: sess.ID, Subject: "carol"}); !errors.Is(err, session.ErrRevoked) {
		t.Errorf("Check of a session that was lost: %v, want ErrRevoked", err)
	}
	login(t, s, "carol")
	after := stateOf(t, s, sess)
	if after.Epoch == before.Epoch || after.Epoch == "" || after.Server == before.Server {
		t.Errorf("Epoch %q -> %q, Server %q -> %q; want both changed", before.Epoch, after.Epoch, before.Server, after.Server)
	}
}

func TestRestartWithDataKept(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t, "--appendonly", "yes", "--appendfsync", "always")
	s := newStore(t, redistest.Client(t, server.Addr(), redisstore.Tune), redisstore.Options{})
	kept, ended := login(t, s, "carol"), login(t, s, "dave")
	if _, err := s.Revoke(context.Background(), session.Revocation{Kind: session.KindSession, ID: ended.ID, Until: time.Now().Add(retain)}); err != nil {
		t.Fatal(err)
	}
	before := stateOf(t, s, kept)
	server.Restart()
	if r, err := s.Rotate(context.Background(), rotationOf(kept.ID, 1)); err != nil || r.Outcome != session.OutcomeAdvanced {
		t.Errorf("refresh after the restart: outcome %d, %v", r.Outcome, err)
	}
	if _, err := s.Get(context.Background(), ended.ID); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("a revoked session after the restart: %v, want ErrNotFound", err)
	}
	if after := stateOf(t, s, kept); after.Epoch != before.Epoch || after.Last != before.Last {
		t.Errorf("Epoch %q -> %q, Last %v -> %v; want neither changed", before.Epoch, after.Epoch, before.Last, after.Last)
	}
}

func TestScriptsForgottenByTheServer(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	for range 2 {
		sess := login(t, s, "carol")
		if _, err := s.Rotate(context.Background(), rotationOf(sess.ID, 1)); err != nil {
			t.Errorf("Rotate: %v", err)
		}
		if err := rdb.ScriptFlush(context.Background()).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFlushedServerTakesBackItsLog(t *testing.T) {
	t.Parallel()
	testLostLogComesBack(t, func(ctx context.Context, rdb redis.UniversalClient) error { return rdb.FlushAll(ctx).Err() })
}

// An evicted or deleted stream must not hide revocations from the next node that starts,
// although the tombstones are still there.
func TestDroppedLogAloneComesBack(t *testing.T) {
	t.Parallel()
	testLostLogComesBack(t, func(ctx context.Context, rdb redis.UniversalClient) error {
		return rdb.Del(ctx, "ginauth:{0}:log").Err()
	})
}

func testLostLogComesBack(t *testing.T, lose func(context.Context, redis.UniversalClient) error) {
	t.Helper()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	ctx := context.Background()
	sess := login(t, s, "carol")
	for _, r := range []session.Revocation{
		{Kind: session.KindToken, ID: sess.ID, Token: session.NewTokenID(), Until: time.Now().Add(retain)},
		{Kind: session.KindSession, ID: sess.ID, Until: time.Now().Add(retain)},
		{Kind: session.KindSubject, Subject: "dave", Except: sess.ID, Until: time.Now().Add(retain)},
		{Kind: session.KindAll, Until: time.Now().Add(retain)},
	} {
		if _, err := s.Revoke(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	old, end, err := s.Read(ctx, 0, session.Position{}, 100, 0)
	if err != nil || len(old) != 4 {
		t.Fatalf("read %d entries, %v; want 4", len(old), err)
	}
	// Within one millisecond a new log would hand out the positions of the old one again.
	for moved := false; !moved; {
		now, err := rdb.Time(ctx).Result()
		if err != nil {
			t.Fatal(err)
		}
		moved = now.UnixMilli() > int64(end.MS)
	}
	if err := lose(ctx, rdb); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Restore(ctx, 0, old); err != nil {
			t.Fatal(err)
		}
	}
	// The token's session is gone, so its entry now names the session.
	again, _, err := s.Read(ctx, 0, session.Position{}, 100, 0)
	if err != nil || len(again) != 3 || again[0].ID != sess.ID || again[1] != old[2] || again[2] != old[3] {
		t.Errorf("after three restores the log says\n%+v\n%v, before\n%+v", again, err, old)
	}
}
