package redisstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/internal/rig/redistest"
	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

func isUnavailable(err error) bool { return errors.Is(err, session.ErrUnavailable) }

func TestCloseLeavesTheCallersClientOpen(t *testing.T) {
	t.Parallel()
	rdb := redistest.Client(t, redistest.Single(t).Addr(), redisstore.Tune)
	s := newStore(t, rdb, redisstore.Options{})
	if s.Client() != rdb {
		t.Error("Client is another client")
	}
	login(t, s, "carol")
	for range 2 {
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	login(t, s, "carol")
	if err := rdb.Ping(t.Context()).Err(); err != nil {
		t.Errorf("the caller's client after Close: %v", err)
	}
}

func TestCloseWhileOthersUseTheStore(t *testing.T) {
	t.Parallel()
	server := redistest.Single(t)
	for range 5 {
		s, err := redisstore.Connect("redis://"+server.Addr(), redisstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var users sync.WaitGroup
		for range 4 {
			users.Go(func() {
				for err := error(nil); err == nil; {
					_, _, err = s.Read(t.Context(), 0, session.Position{}, 10, time.Millisecond)
				}
			})
			users.Go(func() {
				for err := error(nil); err == nil; {
					err = s.Ping(t.Context())
				}
			})
		}
		var closers sync.WaitGroup
		for range 2 {
			closers.Go(func() {
				if err := s.Close(t.Context()); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		closers.Wait()
		users.Wait()
	}
}

// stuck is a client whose Close does not end by itself.
type stuck struct {
	redis.UniversalClient
	release chan struct{}
}

func (s stuck) Close() error {
	<-s.release
	return s.UniversalClient.Close()
}

func TestCloseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	rdb := stuck{redistest.Client(t, "127.0.0.1:1", redisstore.Tune), make(chan struct{})}
	s := newStore(t, rdb.UniversalClient, redisstore.Options{})
	redisstore.Own(s, rdb.Close)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 {
		if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Close: %v, want the context's error", err)
		}
	}
	close(rdb.release)
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close in the end: %v", err)
	}
}
