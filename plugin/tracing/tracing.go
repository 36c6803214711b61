package tracing

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// scope names this package among the instrumentations of a process.
const scope = "github.com/ginauth/ginauth/plugin/tracing"

// Keys of attributes.
const (
	keySession    = attribute.Key("ginauth.session")
	keyReason     = attribute.Key("ginauth.reason")
	keyCount      = attribute.Key("ginauth.count")
	keySubject    = attribute.Key("ginauth.subject")
	keyActor      = attribute.Key("ginauth.actor")
	keyAnswer     = attribute.Key("ginauth.answer")
	keyOutcome    = attribute.Key("ginauth.outcome")
	keyRevocation = attribute.Key("ginauth.revocation")
)

// Options are the settings of New. The zero value is the default.
type Options struct {
	// Provider makes the tracer. Nil: the global one (otel.GetTracerProvider), which records
	// nothing until the application sets one.
	Provider trace.TracerProvider

	// Subjects puts users' names, and who asked for a revocation, into events and spans.
	// Off: whoever reads traces does not learn them here.
	Subjects bool
}

// Tracer makes events and spans. Make it with New; it is safe for concurrent use.
type Tracer struct {
	tracer   trace.Tracer
	subjects bool
}

// New makes a Tracer.
func New(o Options) *Tracer {
	if o.Provider == nil {
		o.Provider = otel.GetTracerProvider()
	}
	return &Tracer{tracer: o.Provider.Tracer(scope), subjects: o.Subjects}
}

// OnEvent adds the event to the span in the context, if there is one that records. It is
// what ginauth's Config.OnEvent wants; to count events as well, call both from a hook of
// your own. It never blocks.
func (t *Tracer) OnEvent(ctx context.Context, e ginauth.Event) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attrs := t.who(nil, e.Session, e.Subject)
	if e.Reason != "" {
		attrs = append(attrs, keyReason.String(e.Reason))
	}
	if e.Actor != "" && t.subjects {
		attrs = append(attrs, keyActor.String(e.Actor))
	}
	if e.Kind == ginauth.EventRevoked || e.Kind == ginauth.EventLogout {
		attrs = append(attrs, keyCount.Int(e.Count))
	}
	span.AddEvent("ginauth."+e.Kind.String(), trace.WithAttributes(attrs...))
}

// who adds what may be said of a session and its user.
func (t *Tracer) who(attrs []attribute.KeyValue, id session.ID, subject string) []attribute.KeyValue {
	if id != (session.ID{}) {
		attrs = append(attrs, keySession.String(short(id)))
	}
	if subject != "" && t.subjects {
		attrs = append(attrs, keySubject.String(subject))
	}
	return attrs
}

// shortLen characters are 36 of the 72 random bits.
const shortLen = 6

func short(id session.ID) string {
	text := id.String()
	return text[len(text)-shortLen:]
}
