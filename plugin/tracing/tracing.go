package tracing

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// scope is the name of this package among the instrumentations of a process.
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

// Options are the settings of [New]. The zero value of each field is its default.
type Options struct {
	// Provider makes the tracer. Default: the global provider ([otel.GetTracerProvider]), which
	// records nothing until the application sets one.
	Provider trace.TracerProvider

	// Subjects adds the subject of a session, and the actor of a revocation, to events and
	// spans. Default false: people who can read traces do not learn them here.
	Subjects bool
}

// Tracer records events and spans. Make it with [New]. It is safe for concurrent use.
type Tracer struct {
	tracer   trace.Tracer
	subjects bool
}

// New makes a Tracer. It never fails.
func New(o Options) *Tracer {
	if o.Provider == nil {
		o.Provider = otel.GetTracerProvider()
	}
	return &Tracer{tracer: o.Provider.Tracer(scope), subjects: o.Subjects}
}

// OnEvent adds the event to the span in ctx, if there is one and it records. Use it as
// Config.OnEvent of [ginauth.Config], or call it from the application's own hook together with
// others, for example one that counts events. It never blocks.
func (t *Tracer) OnEvent(ctx context.Context, e ginauth.Event) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attrs := t.identity(nil, e.Session, e.Subject)
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

// identity adds the attributes of a session and its subject, as far as they may be shown.
func (t *Tracer) identity(attrs []attribute.KeyValue, id session.ID, subject string) []attribute.KeyValue {
	if id != (session.ID{}) {
		attrs = append(attrs, keySession.String(short(id)))
	}
	if subject != "" && t.subjects {
		attrs = append(attrs, keySubject.String(subject))
	}
	return attrs
}

// shortLen characters hold 36 of the 72 random bits of an id.
const shortLen = 6

func short(id session.ID) string {
	text := id.String()
	return text[len(text)-shortLen:]
}
