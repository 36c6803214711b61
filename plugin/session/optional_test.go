package session_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ginauth/ginauth/plugin/session"
)

// plain is a store without optional interfaces.
type plain struct{ session.Store }

// pings is a store with one of them.
type pings struct {
	session.Store
	err error
}

func (p pings) Ping(context.Context) error { return p.err }

// over decorates a store and has no optional interface but Unwrap.
type over struct{ session.Store }

func (o over) Unwrap() session.Store { return o.Store }

// pingsOver decorates a store and answers Ping itself.
type pingsOver struct {
	pings
	inner session.Store
}

func (p pingsOver) Unwrap() session.Store { return p.inner }

func TestAsFindsTheOutermostOfAChain(t *testing.T) {
	t.Parallel()
	inner, outer := errors.New("inner"), errors.New("outer")
	for name, c := range map[string]struct {
		store session.Store
		want  error // nil: not found
	}{
		"the store itself":                       {pings{nil, inner}, inner},
		"under two decorators":                   {over{over{pings{nil, inner}}}, inner},
		"a decorator's own":                      {over{pingsOver{pings{nil, outer}, pings{nil, inner}}}, outer},
		"none has it":                            {over{plain{}}, nil},
		"a chain that ends":                      {over{nil}, nil},
		"no store":                               {nil, nil},
		"hidden by a store that does not unwrap": {plain{pings{nil, inner}}, nil},
	} {
		found, ok := session.As[session.Pinger](c.store)
		if ok != (c.want != nil) {
			t.Errorf("%s: found %v", name, ok)
		} else if ok && !errors.Is(found.Ping(t.Context()), c.want) {
			t.Errorf("%s: another store's", name)
		}
	}
}

// closes is a decorator that records when it is closed.
type closes struct {
	over
	name string
	err  error
	log  *[]string
}

func (c closes) Close(ctx context.Context) error {
	*c.log = append(*c.log, c.name)
	return errors.Join(c.err, ctx.Err())
}

func TestCloseGoesFromTheOutsideInAndJoinsErrors(t *testing.T) {
	t.Parallel()
	var log []string
	first, last := errors.New("first"), errors.New("last")
	chain := closes{over{over{closes{over{closes{over{nil}, "c", last, &log}}, "b", nil, &log}}}, "a", first, &log}
	err := session.Close(t.Context(), chain)
	if !slices.Equal(log, []string{"a", "b", "c"}) {
		t.Errorf("closed %q", log)
	}
	if !errors.Is(err, first) || !errors.Is(err, last) || err.Error() != "first\nlast" {
		t.Errorf("error %v, want both", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := session.Close(ctx, closes{name: "d", log: &log}); !errors.Is(err, context.Canceled) {
		t.Errorf("under an ended context: %v", err)
	}
}

func TestCloseOfStoresWithNothingToClose(t *testing.T) {
	t.Parallel()
	for _, store := range []session.Store{nil, plain{}, over{plain{}}} {
		if err := session.Close(t.Context(), store); err != nil {
			t.Errorf("%T: %v", store, err)
		}
	}
}

func TestWordsOfNotices(t *testing.T) {
	t.Parallel()
	want := []string{"unknown", "in_step", "stale", "resync", "healed", "mirror_error", "unknown"}
	for i, word := range want {
		if got := session.NoticeKind(i).String(); got != word {
			t.Errorf("%d is %q, want %q", i, got, word)
		}
	}
	if got := session.NoticeKind(255).String(); got != "unknown" {
		t.Error(got)
	}
}
