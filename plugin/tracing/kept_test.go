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

// What a store can do beside session.Store is found by asking its type. A wrapper that hid
// it would switch it off in silence.
func TestTracingTakesNothingFromAStore(t *testing.T) {
	t.Parallel()
	tracer := newRecorder().tracing(false)
	with := traced(t, tracer, memstore.New())
	if _, ok := with.(session.Roster); !ok {
		t.Error("the roster is gone")
	}
	without := traced(t, tracer, struct{ session.LoggedStore }{memstore.New()})
	if _, ok := without.(session.Roster); ok {
		t.Error("a roster that is not there")
	}
	if _, err := without.(session.Endings).Ending(t.Context(), session.NewID(time.Now(), 0)); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("ending of a store that knows none: %v", err)
	}
	down := errors.New("down")
	ping := func(s session.LoggedStore) error {
		return s.(interface{ Ping(context.Context) error }).Ping(t.Context())
	}
	if err := ping(traced(t, tracer, pinged{memstore.New(), down})); !errors.Is(err, down) {
		t.Errorf("ping: %v", err)
	}
	if err := ping(without); err != nil {
		t.Errorf("ping of a store that has none: %v", err)
	}
}

type pinged struct {
	session.LoggedStore
	err error
}

func (p pinged) Ping(context.Context) error { return p.err }

// A mirror works on a traced store as on any: barrier and news included. What it answers
// from its copy is no call, and so no span.
func TestAMirrorWorksOnATracedStore(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	copied := mirror.New(traced(t, r.tracing(false), memstore.New()), mirror.Options{})
	t.Cleanup(func() { _ = copied.Close(context.Background()) })
	for end := time.Now().Add(10 * time.Second); !copied.Ready(); {
		if time.Now().After(end) {
			t.Fatal("never in step")
		}
	}
	ctx, _ := r.tracer.Start(t.Context(), "request")
	created, err := copied.Create(ctx, session.Create{Subject: "user1", IdleTTL: time.Hour, MaxTTL: time.Hour, Retain: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	probe := session.Probe{ID: created.Session.ID, Token: session.NewTokenID(), Subject: "user1"}
	if err := copied.Check(ctx, probe); err != nil {
		t.Fatal(err)
	}
	if _, err := copied.Revoke(ctx, session.Revocation{Kind: session.KindSubject, Subject: "user1", Retain: time.Hour}); err != nil {
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
	copied := mirror.New(memstore.New(), mirror.Options{})
	t.Cleanup(func() { _ = copied.Close(context.Background()) })
	if _, err := tracer.Store(copied); !errors.Is(err, tracing.ErrFeed) {
		t.Errorf("%v", err)
	}
	if _, err := tracer.Store(nil); err == nil {
		t.Error("no store was taken")
	}
}
