package ginauth_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// asked counts the checks of a store, which each take a while.
type asked struct {
	session.Store
	times atomic.Int32
	takes time.Duration
	err   atomic.Pointer[error]
}

func (a *asked) Ping(context.Context) error {
	a.times.Add(1)
	time.Sleep(a.takes)
	if err := a.err.Load(); err != nil {
		return *err
	}
	return nil
}

// withAsked runs a test, in the time of a bubble, of an Auth whose store takes a while.
func withAsked(t *testing.T, takes time.Duration, test func(t *testing.T, store *asked, auth *ginauth.Auth)) {
	synctest.Test(t, func(t *testing.T) {
		store := &asked{Store: memstore.New(), takes: takes}
		config := goodConfig()
		config.Store = store
		auth, err := ginauth.New(config)
		if err != nil {
			t.Fatal(err)
		}
		test(t, store, auth)
		if err := auth.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// /readyz is open to everybody, and each check writes to every shard.
func TestStrangersWhoAskForReadinessDoNotMakeTheStoreWrite(t *testing.T) {
	withAsked(t, 10*time.Millisecond, func(t *testing.T, store *asked, auth *ginauth.Auth) {
		for range 20 { // 2 s with 100 strangers
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if err := auth.Ping(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if n := store.times.Load(); n < 4 || n > 9 {
			t.Errorf("%d checks in two seconds, want at most four a second", n)
		}
	})
}

func TestAnOutageAndItsEndAreToldWithinAQuarterOfASecond(t *testing.T) {
	withAsked(t, time.Millisecond, func(t *testing.T, store *asked, auth *ginauth.Auth) {
		down := errors.New("down")
		for _, want := range []error{nil, down, nil} {
			store.err.Store(nil)
			if want != nil {
				store.err.Store(&want)
			}
			time.Sleep(251 * time.Millisecond)
			if err := auth.Ping(t.Context()); !errors.Is(err, want) || (want != nil) != errors.Is(err, ginauth.ErrUnavailable) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	})
}

// A stranger who hangs up must not fail the check of the load balancer.
func TestACallerWhoLeavesDoesNotEndTheCheckOfTheOthers(t *testing.T) {
	withAsked(t, time.Second, func(t *testing.T, store *asked, auth *ginauth.Auth) {
		hasty, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer leave()
		first := make(chan error, 1)
		go func() { first <- auth.Ping(hasty) }()
		synctest.Wait()
		if err := auth.Ping(t.Context()); err != nil || store.times.Load() != 1 {
			t.Errorf("%v after %d checks", err, store.times.Load())
		}
		if err := <-first; !errors.Is(err, ginauth.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller that left: %v", err)
		}
	})
}

// broken is a store whose check panics, or hangs and ignores the end of its context.
type broken struct {
	session.Store
	ping func() error
}

func (b *broken) Ping(context.Context) error { return b.ping() }

// A check runs on a goroutine of its own, where no middleware recovers: it must not end the process.
func TestAStoreWhoseCheckPanicsIsNotReady(t *testing.T) {
	config := goodConfig()
	config.Store = &broken{memstore.New(), func() error { panic("nil map") }}
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := auth.Ping(t.Context()); !errors.Is(err, ginauth.ErrUnavailable) {
		t.Error(err)
	}
}

func TestACheckThatHangsHoldsUpNoLaterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var asked atomic.Int32
		store := &broken{memstore.New(), func() error {
			if asked.Add(1) == 1 {
				<-hang
			}
			return nil
		}}
		config := goodConfig()
		config.Store = store
		auth, err := ginauth.New(config)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := auth.Ping(ctx); !errors.Is(err, ginauth.ErrUnavailable) {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		if err := auth.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		close(hang)
		if err := auth.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
