package tracing

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/plugin/session"
)

// ErrCopy is the error of [Tracer.Store] for a local copy of the log. Spans show calls that
// leave the process, so the store inside the copy is the one to trace.
var ErrCopy = errors.New("tracing: the store is a local copy: trace the store inside it instead")

// Store wraps a store. Each call of a verb of [session.Store], and of [session.Endings], then
// records a span if its context holds one. The methods of [session.Log] record none, because
// nodes follow the log in the background. The result is a [session.Unwrapper], so
// [session.As] finds the other optional interfaces of inner, and [session.Close] closes it.
//
// The error is [ErrCopy] if inner or a store that it wraps is a [session.Feed] or a
// [session.Barrier], as a mirror is. A nil store is an error too.
func (t *Tracer) Store(inner session.LoggedStore) (session.LoggedStore, error) {
	if inner == nil {
		return nil, errors.New("tracing: the store is nil")
	}
	_, feed := session.As[session.Feed](inner)
	_, barrier := session.As[session.Barrier](inner)
	if feed || barrier {
		return nil, ErrCopy
	}
	return store{inner, t}, nil
}

// store replaces the verbs of the store that it embeds.
type store struct {
	session.LoggedStore
	t *Tracer
}

var (
	_ session.Endings   = store{}
	_ session.Unwrapper = store{}
)

// Unwrap returns the store that is traced.
func (s store) Unwrap() session.Store { return s.LoggedStore }

// start begins the span of a verb. It returns nil at little cost if ctx holds no span.
func (s store) start(ctx context.Context, verb string, id session.ID, subject string) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, nil
	}
	return s.t.tracer.Start(ctx, "ginauth.store "+verb,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(s.t.identity(nil, id, subject)...))
}

// answers are the errors by which a store answers. They do not make a span a failed one.
var answers = []struct {
	err  error
	word string
}{
	{session.ErrNotFound, "not_found"},
	{session.ErrRevoked, "revoked"},
	{session.ErrLimit, "limit"},
	{session.ErrOvertaken, "overtaken"},
	{session.ErrInvalidID, "invalid_id"},
	{session.ErrInvalidSubject, "invalid_subject"},
}

// end ends a span, which may be nil. An error that is not one of answers marks the span as
// failed, because the caller then does not know what the store did.
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
