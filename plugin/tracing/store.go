package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/plugin/session"
)

// ErrFeed: the store keeps a local copy of the log. A trace is to show calls that leave
// the process: trace the store beneath the copy.
var ErrFeed = errors.New("tracing: trace the store beneath the local copy, not the copy")

// Store returns the store with a span for every call of session.Store that has one above
// it. The methods of session.Log are the store's own: nodes follow the log in the
// background. What else the store can do is kept: Ping, which a readiness check asks for,
// session.Endings, and session.Roster, which a mirror's barrier needs. Closing stays with the store itself.
//
// The error is ErrFeed for a store that is a session.Feed or session.Barrier, such as a
// mirror, and a mistake for nil.
func (t *Tracer) Store(inner session.LoggedStore) (session.LoggedStore, error) {
	if inner == nil {
		return nil, errors.New("tracing: no store")
	}
	_, feed := inner.(session.Feed)
	_, barrier := inner.(session.Barrier)
	if feed || barrier {
		return nil, ErrFeed
	}
	s := store{inner, t}
	if roster, ok := inner.(session.Roster); ok {
		return struct {
			store
			session.Roster
		}{s, roster}, nil
	}
	return s, nil
}

// store overrides the verbs of session.Store.
type store struct {
	session.LoggedStore
	t *Tracer
}

// Ping asks the store, if it can be asked.
func (s store) Ping(ctx context.Context) error {
	if p, ok := s.LoggedStore.(interface{ Ping(context.Context) error }); ok {
		return p.Ping(ctx)
	}
	return nil
}

// start begins the span of a verb. Without a span above there is none, which is cheap.
func (s store) start(ctx context.Context, verb string, id session.ID, subject string) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, nil
	}
	return s.t.tracer.Start(ctx, "ginauth.store "+verb,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(s.t.who(nil, id, subject)...))
}

// answers are the store's plain answers: none of them is a failure.
var answers = []struct {
	err  error
	word string
}{
	{session.ErrNotFound, "not_found"},
	{session.ErrRevoked, "revoked"},
	{session.ErrLimit, "limit"},
	{session.ErrInvalidID, "invalid_id"},
	{session.ErrInvalidSubject, "invalid_subject"},
}

// end ends a span, which may be nil. Everything that is no plain answer is a failure: the
// caller knows nothing then.
func end(span trace.Span, err error, attrs ...attribute.KeyValue) {
	if span == nil {
		return
	}
	defer span.End()
	if err == nil {
		span.SetAttributes(append(attrs, keyAnswer.String("ok"))...)
		return
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			span.SetAttributes(keyAnswer.String(a.word))
			return
		}
	}
	span.SetAttributes(keyAnswer.String("unavailable"))
	span.SetStatus(codes.Error, err.Error())
}
