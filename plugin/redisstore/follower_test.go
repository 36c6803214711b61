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

// reading starts a Read that waits, and returns channels for its result.
func reading(ctx context.Context, s *redisstore.Store, wait time.Duration) (<-chan []session.Entry, <-chan error) {
	entries, errs := make(chan []session.Entry, 1), make(chan error, 1)
	go func() {
		e, _, err := s.Read(ctx, 0, session.Position{}, 10, wait)
		entries <- e
		errs <- err
	}()
	return entries, errs
}

// awaitBlocked waits until the server holds a blocked reader.
func awaitBlocked(t *testing.T, rdb redis.UniversalClient, n string) {
	t.Helper()
	for range 200 {
		if info := rdb.InfoMap(context.Background(), "clients").Val(); info["Clients"]["blocked_clients"] == n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("there never were %s blocked readers", n)
}

func TestBlockedReadHearsARevocation(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), func(o *redis.UniversalOptions) {
		redisstore.Tune(o)
		o.PoolSize = 1 // a reader in this pool would lock out every other call
	})
	s := newStore(t, rdb, redisstore.Options{})
	entries, errs := reading(context.Background(), s, time.Hour)
	awaitBlocked(t, rdb, "1")
	id := session.NewID(time.Now(), 0)
	if _, err := s.Revoke(context.Background(), session.Revocation{Kind: session.KindSession, ID: id, Until: time.Now().Add(retain)}); err != nil {
		t.Fatal(err)
	}
	if got, err := <-entries, <-errs; err != nil || len(got) != 1 || got[0].ID != id {
		t.Errorf("read %v, %v; want %v", got, err, id)
	}
}

func TestBlockedReadEndsByItself(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	for _, wait := range []time.Duration{time.Nanosecond, time.Hour} {
		start := time.Now()
		got, pos, err := s.Read(context.Background(), 0, session.Position{MS: 7}, 10, wait)
		if err != nil || len(got) != 0 || pos != (session.Position{MS: 7}) {
			t.Errorf("Read: %v, %v, %v; want nothing, at the same position", got, pos, err)
		}
		if took := time.Since(start); took > 2500*time.Millisecond {
			t.Errorf("a wait of %v took %v", wait, took)
		}
	}
}

func TestBlockedReadEndsWithContextOrClose(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Real(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	_, byContext := reading(ctx, s, time.Hour)
	_, byClose := reading(context.Background(), s, time.Hour)
	awaitBlocked(t, rdb, "2")
	start := time.Now()
	cancel()
	if err := <-byContext; !errors.Is(err, context.Canceled) || !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("after a cancel: %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-byClose; !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %v", took)
	}
	if _, _, err := s.Read(context.Background(), 0, session.Position{}, 10, time.Second); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("Read that waits after Close: %v, want ErrClosed", err)
	}
	if err := s.Ping(context.Background()); err != nil {
		t.Errorf("the caller's client after Close: %v", err)
	}
}

// For the race detector: the store copies the options of the caller's client while that client
// connects. The options are go-redis's defaults.
func TestFollowerIsMadeWhileTheCallersClientConnects(t *testing.T) {
	t.Parallel()
	server := redistest.Real(t)
	for range 20 {
		rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
		s := newStore(t, rdb, redisstore.Options{})
		_, errs := reading(t.Context(), s, time.Millisecond)
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
		_ = rdb.Close()
	}
}
