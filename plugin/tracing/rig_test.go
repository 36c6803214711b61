package tracing_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/tracing"
)

// recorder keeps every span in memory.
type recorder struct {
	*tracetest.SpanRecorder
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer // of the application, for the spans above those of the package
}

func newRecorder() *recorder {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	return &recorder{spans, provider, provider.Tracer("test")}
}

func (r *recorder) tracing(subjects bool) *tracing.Tracer {
	return tracing.New(tracing.Options{Provider: r.provider, Subjects: subjects})
}

// told returns the ended spans except the application's, one text each: name, status, and the
// attributes in the order of their keys.
func (r *recorder) told() []string {
	var all []string
	for _, span := range r.Ended() {
		if span.InstrumentationScope().Name != "test" {
			all = append(all, span.Name()+" "+span.Status().Code.String()+attributes(span.Attributes()))
		}
	}
	return all
}

// spanned is a store whose verbs are always called with a span in the context.
type spanned struct {
	session.LoggedStore
	span trace.Span
}

func (s spanned) in(ctx context.Context) context.Context { return trace.ContextWithSpan(ctx, s.span) }

func (s spanned) Create(ctx context.Context, c session.Create) (session.Created, error) {
	return s.LoggedStore.Create(s.in(ctx), c)
}

func (s spanned) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	return s.LoggedStore.(session.Endings).Ending(s.in(ctx), id)
}

func (s spanned) Get(ctx context.Context, id session.ID) (session.Session, error) {
	return s.LoggedStore.Get(s.in(ctx), id)
}

func (s spanned) List(ctx context.Context, subject string) ([]session.Session, error) {
	return s.LoggedStore.List(s.in(ctx), subject)
}

func (s spanned) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	return s.LoggedStore.Rotate(s.in(ctx), r)
}

func (s spanned) Confirm(ctx context.Context, uses []session.Use) error {
	return s.LoggedStore.Confirm(s.in(ctx), uses)
}

func (s spanned) Check(ctx context.Context, p session.Probe) error {
	return s.LoggedStore.Check(s.in(ctx), p)
}

func (s spanned) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	return s.LoggedStore.Revoke(s.in(ctx), r)
}

func traced(t testing.TB, tracer *tracing.Tracer, inner session.LoggedStore) session.LoggedStore {
	t.Helper()
	store, err := tracer.Store(inner)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
