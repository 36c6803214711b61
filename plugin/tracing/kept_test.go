package tracing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/tracing"
)

// A wrapper that hid an optional interface of a store would switch it off in silence.
func TestTracingTakesNothingFromAStore(t *testing.T) {
	t.Parallel()
	tracer := newRecorder().tracing(false)
	if _, ok := session.As[session.Roster](traced(t, tracer, memstore.New())); !ok {
		t.Error("the roster is gone")
	}
	without := traced(t, tracer, struct{ session.LoggedStore }{memstore.New()})
	if _, ok := session.As[session.Roster](without); ok {
		t.Error("a roster that is not there")
	}
	if _, err := without.(session.Endings).Ending(t.Context(), session.NewID(time.Now(), 0)); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("ending of a store that knows none: %v", err)
	}
	down := errors.New("down")
	pinger, ok := session.As[session.Pinger](traced(t, tracer, pinged{memstore.New(), down}))
	if !ok || !errors.Is(pinger.Ping(t.Context()), down) {
		t.Error("the store's Ping is gone")
	}
	if _, ok := session.As[session.Pinger](without); ok {
		t.Error("a Ping that is not there")
	}
}

type pinged struct {
	session.LoggedStore
	err error
}

func (p pinged) Ping(context.Context) error { return p.err }

// A mirror works on a traced store as on any other, including the barrier and the feed. An
// answer from its copy is not a call, so it makes no span.
func TestAMirrorWorksOnATracedStore(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	copied := mirror.Must(mirror.New(traced(t, r.tracing(false), memstore.New()), mirror.Options{}))
	t.Cleanup(func() { _ = copied.Close(context.Background()) })
	for end := time.Now().Add(10 * time.Second); !copied.Ready(); {
		if time.Now().After(end) {
			t.Fatal("never in step")
		}
	}
	ctx, _ := r.tracer.Start(t.Context(), "request")
	created, err := copied.Create(ctx, session.Create{Subject: "user1", IdleTTL: time.Hour, MaxTTL: time.Hour, TokenEnd: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	probe := session.Probe{ID: created.Session.ID, Token: session.NewTokenID(), Subject: "user1"}
	if err := copied.Check(ctx, probe); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Revoke(ctx, session.Revocation{Kind: session.KindSubject, Subject: "user1", Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := copied.Everywhere(ctx); err != nil {
		t.Error(err)
	}
	if err := copied.Check(ctx, probe); !errors.Is(err, session.ErrRevoked) {
		t.Error(err)
	}
	if names := len(r.told()); names != 2 {
		t.Errorf("%q, want a Create and a Revoke", r.told())
	}
}

func TestACopyIsNotTracedButWhatLiesBeneath(t *testing.T) {
	t.Parallel()
	tracer := newRecorder().tracing(false)
	copied := mirror.Must(mirror.New(memstore.New(), mirror.Options{}))
	t.Cleanup(func() { _ = copied.Close(context.Background()) })
	for name, store := range map[string]session.LoggedStore{"a copy": copied, "a decorated copy": decorated{copied}} {
		if _, err := tracer.Store(store); !errors.Is(err, tracing.ErrCopy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tracer.Store(nil); err == nil {
		t.Error("no store was taken")
	}
}

type decorated struct{ session.LoggedStore }

func (d decorated) Unwrap() session.Store { return d.LoggedStore }
