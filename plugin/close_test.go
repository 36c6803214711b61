package ginauth_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// layer is a decorator that reports what happens to it. A copy of the log that it decorates
// is found through it.
type layer struct {
	session.Store
	name     string
	closed   *[]string
	closeErr error
	pingErr  error
}

func (l *layer) Unwrap() session.Store { return l.Store }

func (l *layer) Close(context.Context) error {
	*l.closed = append(*l.closed, l.name)
	return l.closeErr
}

func (l *layer) Ping(context.Context) error { return l.pingErr }

func TestCloseClosesTheWholeStoreChain(t *testing.T) {
	var closed []string
	broken := errors.New("inner does not close")
	config := goodConfig()
	config.Store = &layer{name: "outer", closed: &closed, Store: &layer{name: "inner", closed: &closed, closeErr: broken, Store: memstore.New()}}
	auth, err := ginauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := auth.Close(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Close: %v, want the inner store's error", err)
	}
	if !slices.Equal(closed, []string{"outer", "inner"}) {
		t.Errorf("closed %v, want the outermost first", closed)
	}
}

// forgetful cannot write down what was seen in use.
type forgetful struct{ session.Store }

func (forgetful) Confirm(context.Context, []session.Use) error { return session.ErrUnavailable }

func TestCloseSaysWhatItCouldNotWrite(t *testing.T) {
	app := authtest.On(t, authtest.NewClock(), forgetful{memstore.New()})
	tokens := app.Login("user1")
	wantStatus(t, app.Get("/protected", tokens.AccessToken), http.StatusOK)
	err := app.Auth.Close(t.Context())
	if !errors.Is(err, ginauth.ErrUnavailable) || !strings.Contains(err.Error(), "confirmations were not written") {
		t.Errorf("Close: %v", err)
	}
}

func TestPingAsksTheOutermostStoreThatCanAnswer(t *testing.T) {
	broken := errors.New("not in step")
	for name, row := range map[string]struct {
		store session.Store
		want  error
	}{
		"works":           {&layer{closed: new([]string), Store: memstore.New()}, nil},
		"fails":           {&layer{closed: new([]string), pingErr: broken, Store: memstore.New()}, broken},
		"behind a plain":  {bareLayer{&layer{closed: new([]string), pingErr: broken, Store: memstore.New()}}, broken},
		"cannot be asked": {authtest.NewFaulty(memstore.New()), nil},
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			config.Store = row.store
			auth, err := ginauth.New(config)
			if err != nil {
				t.Fatal(err)
			}
			defer auth.Close(t.Context())
			err = auth.Ping(t.Context())
			if !errors.Is(err, row.want) || (row.want != nil) != errors.Is(err, ginauth.ErrUnavailable) {
				t.Errorf("Ping: %v, want %v as ErrUnavailable", err, row.want)
			}
		})
	}
}

// bareLayer decorates without any optional interface.
type bareLayer struct{ session.Store }

func (p bareLayer) Unwrap() session.Store { return p.Store }

// notifying is a store with a copy of the log, reduced to its notices.
type notifying struct {
	session.Store
	mu sync.Mutex
	fn func(session.Notice)
}

func (n *notifying) Notify(fn func(session.Notice)) (cancel func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fn = fn
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.fn = nil
	}
}

func (n *notifying) tell(notice session.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fn != nil {
		n.fn(notice)
	}
}

// A library user who sets OnEvent and nothing else hears what the mirror does.
func TestWhatHappensToTheMirrorReachesOnEventAndLog(t *testing.T) {
	copied := &notifying{Store: memstore.New()}
	app := authtest.On(t, authtest.NewClock(), bareLayer{copied})
	lost := errors.New("epoch changed")
	for _, notice := range []session.Notice{
		{Kind: session.NoticeError, Shard: 3, Err: lost}, {Kind: session.NoticeStale, Shard: 3, Err: lost},
		{Kind: session.NoticeResync, Shard: 3, Err: lost}, {Kind: session.NoticeHealed, Shard: 3, Count: 7},
		{Kind: session.NoticeInStep, Shard: 3}, {Kind: 99},
	} {
		copied.tell(notice)
	}
	var kinds []ginauth.EventKind
	for _, e := range app.Events.All() {
		kinds = append(kinds, e.Kind)
		if e.Shard != 3 || e.Time.IsZero() || (e.Kind == ginauth.EventHealed) != (e.Count == 7) {
			t.Errorf("event %+v", e)
		}
	}
	want := []ginauth.EventKind{ginauth.EventStoreDown, ginauth.EventStale, ginauth.EventResync, ginauth.EventHealed, ginauth.EventInStep}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	for _, line := range []string{
		`level=ERROR msg="ginauth: store_down" reason=mirror_error shard=3 error="epoch changed"`,
		`level=WARN msg="ginauth: stale" shard=3 error="epoch changed"`,
		`level=WARN msg="ginauth: resync" shard=3 error="epoch changed"`,
		`level=WARN msg="ginauth: healed" count=7 shard=3`,
		`level=INFO msg="ginauth: in_step" shard=3`,
	} {
		if !strings.Contains(app.Logs.String(), line) {
			t.Errorf("the log does not say %s\n%s", line, app.Logs.String())
		}
	}
	if err := app.Auth.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	copied.tell(session.Notice{Kind: session.NoticeStale})
	if n := len(app.Events.All()); n != len(want) {
		t.Errorf("%d events after Close, want %d", n, len(want))
	}
}

// closing is a store that answers nothing once it is closed.
type closing struct {
	session.Store
	closed atomic.Bool
}

func (s *closing) Close(context.Context) error {
	s.closed.Store(true)
	return nil
}

func (s *closing) Check(ctx context.Context, p session.Probe) error {
	if s.closed.Load() {
		return session.ErrClosed
	}
	return s.Store.Check(ctx, p)
}

// Allow is for a store that is down, not for one that was closed.
func TestAClosedAuthServesNothingUnchecked(t *testing.T) {
	app := authtest.On(t, authtest.NewClock(), &closing{Store: memstore.New()}, func(c *ginauth.Config) { c.OnStoreDown = ginauth.Allow })
	tokens := app.Login("user1")
	wantStatus(t, app.Do(http.MethodGet, "/hello", authtest.Bearer(tokens.AccessToken)), http.StatusOK)
	if err := app.Auth.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, app.Do(http.MethodGet, "/hello", authtest.Bearer(tokens.AccessToken)), http.StatusServiceUnavailable)
	if n := len(app.Events.Of(ginauth.EventServedUnchecked)); n != 0 {
		t.Errorf("served unchecked %d times", n)
	}
}
