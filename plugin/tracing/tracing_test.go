package tracing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
	"github.com/ginauth/ginauth/plugin/storetest"
	"github.com/ginauth/ginauth/plugin/tracing"
)

func attributes(attrs []attribute.KeyValue) string {
	var pairs []string
	for _, a := range attrs {
		pairs = append(pairs, string(a.Key)+"="+a.Value.String())
	}
	slices.Sort(pairs)
	return " " + strings.Join(pairs, " ")
}

// A traced store keeps every promise of a store, with spans and without.
func TestConformance(t *testing.T) {
	for name, with := range map[string]bool{"without a span": false, "with a span": true} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, now func() time.Time) session.LoggedStore {
				provider := sdktrace.NewTracerProvider() // records spans but does not keep them
				tracer := tracing.New(tracing.Options{Provider: provider})
				store := traced(t, tracer, memstore.NewWith(memstore.Options{Now: now}))
				if !with {
					return store
				}
				_, span := provider.Tracer("test").Start(t.Context(), "request")
				return spanned{store, span}
			})
		})
	}
}

// use calls every verb at least once, with successes and refusals.
func use(ctx context.Context, t *testing.T, store session.Store) session.Session {
	t.Helper()
	created, err := store.Create(ctx, session.Create{
		Subject: "user1", IP: "192.0.2.9", UserAgent: "agent", Claims: []byte("claims"), AuthTime: time.Now(),
		IdleTTL: time.Hour, MaxTTL: time.Hour, TokenEnd: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := created.Session.ID
	token := session.NewTokenID()
	_, errs := store.Get(ctx, id)
	_, err = store.List(ctx, "user1")
	errs = errors.Join(errs, err)
	_, err = store.Rotate(ctx, session.Rotation{ID: id, Generation: 1, IdleTTL: time.Hour, TokenEnd: time.Now().Add(time.Hour)})
	errs = errors.Join(errs, err, store.Confirm(ctx, []session.Use{{ID: id, Generation: 2}}), store.Check(ctx, session.Probe{ID: id, Token: token, Subject: "user1"}))
	_, err = store.Revoke(ctx, session.Revocation{Kind: session.KindToken, ID: id, Token: token, Until: time.Now().Add(time.Hour)})
	errs = errors.Join(errs, err)
	_, err = store.Revoke(ctx, session.Revocation{Kind: session.KindSubject, Subject: "user1", Until: time.Now().Add(time.Hour)})
	if errs = errors.Join(errs, err); errs != nil {
		t.Fatal(errs)
	}
	if err := store.Check(ctx, session.Probe{ID: id, Token: token, Subject: "user1"}); !errors.Is(err, session.ErrRevoked) {
		t.Error(err)
	}
	if _, err := store.Get(ctx, id); !errors.Is(err, session.ErrNotFound) {
		t.Error(err)
	}
	if _, err := store.(session.Endings).Ending(ctx, id); err != nil {
		t.Error(err)
	}
	return created.Session
}

func TestEachCallOfTheStoreIsOneSpan(t *testing.T) {
	t.Parallel()
	for _, subjects := range []bool{false, true} {
		r := newRecorder()
		ctx, request := r.tracer.Start(t.Context(), "request")
		s := use(ctx, t, traced(t, r.tracing(subjects), memstore.New()))
		request.End()
		text := s.ID.String()
		of, who := " ginauth.session="+text[len(text)-6:], ""
		if subjects {
			who = " ginauth.subject=user1"
		}
		want := []string{
			"ginauth.store Create Unset ginauth.answer=ok ginauth.count=0" + of + who,
			"ginauth.store Get Unset ginauth.answer=ok" + of,
			"ginauth.store List Unset ginauth.answer=ok ginauth.count=1" + who,
			"ginauth.store Rotate Unset ginauth.answer=ok ginauth.outcome=advanced" + of,
			"ginauth.store Confirm Unset ginauth.answer=ok ginauth.count=1",
			"ginauth.store Check Unset ginauth.answer=ok" + of + who,
			"ginauth.store Revoke Unset ginauth.answer=ok ginauth.count=1 ginauth.revocation=token" + of,
			"ginauth.store Revoke Unset ginauth.answer=ok ginauth.count=1 ginauth.revocation=subject" + who,
			"ginauth.store Check Unset ginauth.answer=revoked" + of + who,
			"ginauth.store Get Unset ginauth.answer=not_found" + of,
			"ginauth.store Ending Unset ginauth.answer=ok" + of,
		}
		if got := r.told(); !slices.Equal(got, want) {
			t.Errorf("spans\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		for _, span := range r.Ended() {
			if span.Name() != "request" && span.Parent().SpanID() != request.SpanContext().SpanID() {
				t.Errorf("%s is not below the request", span.Name())
			}
		}
	}
}

func TestAnOutageIsAFailedSpan(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	ctx, _ := r.tracer.Start(t.Context(), "request")
	store := traced(t, r.tracing(false), broken{memstore.New()})
	if err := store.Check(ctx, session.Probe{ID: session.NewID(time.Now(), 0)}); !errors.Is(err, session.ErrUnavailable) {
		t.Fatal(err)
	}
	spans := r.Ended()
	if len(spans) != 1 || spans[0].Status().Description != session.ErrUnavailable.Error() || !strings.HasPrefix(r.told()[0], "ginauth.store Check Error ginauth.answer=unavailable ") {
		t.Errorf("%v", r.told())
	}
}

// A login that a revocation overtook is an answer of a store that is well.
func TestAnOvertakenLoginIsNoFailedSpan(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	inner := memstore.New()
	began := inner.Now().Add(-time.Second)
	if _, err := inner.Revoke(t.Context(), session.Revocation{Kind: session.KindAll, Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	ctx, _ := r.tracer.Start(t.Context(), "request")
	_, err := traced(t, r.tracing(false), inner).Create(ctx, session.Create{Subject: "user1", Began: began, IdleTTL: time.Hour, MaxTTL: time.Hour, TokenEnd: time.Now()})
	if !errors.Is(err, session.ErrOvertaken) {
		t.Fatal(err)
	}
	if told := r.told(); len(told) != 1 || !strings.HasPrefix(told[0], "ginauth.store Create Unset ginauth.answer=overtaken") {
		t.Errorf("%v", told)
	}
}

type broken struct{ session.LoggedStore }

func (broken) Check(context.Context, session.Probe) error { return session.ErrUnavailable }

func TestWithoutASpanAboveNothingIsRecorded(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	tracer := r.tracing(true)
	use(t.Context(), t, traced(t, tracer, memstore.New()))
	tracer.OnEvent(t.Context(), ginauth.Event{Kind: ginauth.EventLogin})
	if n := len(r.Started()); n != 0 {
		t.Errorf("%d spans", n)
	}
}

func TestEventsStandInTheSpanOfTheirRequest(t *testing.T) {
	t.Parallel()
	id := session.NewID(time.Now(), 0)
	e := ginauth.Event{
		Kind: ginauth.EventRevoked, Subject: "user1", Session: id, IP: "192.0.2.9", Reason: "stolen", Actor: "admin", Count: 2,
		Err: errors.New("a cause"),
	}
	for _, c := range []struct {
		subjects bool
		want     string
	}{
		{false, " ginauth.count=2 ginauth.reason=stolen ginauth.session=" + id.String()[16:]},
		{true, " ginauth.actor=admin ginauth.count=2 ginauth.reason=stolen ginauth.session=" + id.String()[16:] + " ginauth.subject=user1"},
	} {
		r := newRecorder()
		ctx, span := r.tracer.Start(t.Context(), "request")
		r.tracing(c.subjects).OnEvent(ctx, e)
		span.End()
		events := r.Ended()[0].Events()
		if len(events) != 1 || events[0].Name != "ginauth.revoked" || attributes(events[0].Attributes) != c.want {
			t.Errorf("%+v, want%s", events, c.want)
		}
	}
}

// A request's span has the events of the request and, below it, the calls of the store. This
// includes writes, whose context outlives the request.
func TestARequestShowsItsEventsAndItsCalls(t *testing.T) {
	t.Parallel()
	r := newRecorder()
	tracer := r.tracing(false)
	clock := authtest.NewClock()
	app := authtest.On(t, clock, traced(t, tracer, memstore.NewWith(memstore.Options{Now: clock.Now})), func(c *ginauth.Config) { c.OnEvent = tracer.OnEvent })
	engine := gin.New()
	engine.Use(func(c *gin.Context) {
		ctx, span := r.tracer.Start(c.Request.Context(), "request")
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	})
	engine.POST("/login", app.Auth.LoginHandler)
	engine.GET("/protected", app.Auth.MiddlewareFunc(), func(*gin.Context) {})
	authtest.Serve(t, engine, "POST", "/login", authtest.JSON(map[string]string{"username": "user1", "password": authtest.Passwords["user1"]}))
	authtest.Serve(t, engine, "GET", "/protected", authtest.Bearer("junk"))
	var story []string
	for _, span := range r.Ended() {
		story = append(story, span.Name())
		for _, e := range span.Events() {
			story = append(story, e.Name)
		}
	}
	if got := strings.Join(story, ", "); got != "ginauth.store Create, request, ginauth.login, request, ginauth.refused" {
		t.Error(got)
	}
}
