// Package tracing shows ginauth in OpenTelemetry traces. Events are added to the span of their
// request, and each call of the store is a span below it.
//
//	tracer, counters := tracing.New(tracing.Options{}), metrics.New()
//	store, err := redisstore.New(rdb, redisstore.Options{})
//	...
//	traced, err := tracer.Store(store)
//	...
//	auth, err := ginauth.New(ginauth.Config{
//		JWT:   &jwt.GinJWTMiddleware{ /* ... */ },
//		Store: mirror.Must(mirror.New(traced, mirror.Options{})),
//		OnEvent: func(ctx context.Context, e ginauth.Event) {
//			tracer.OnEvent(ctx, e)
//			counters.OnEvent(ctx, e)
//		},
//	})
//
// The traced store is inside the mirror: a request that the local copy answers costs no span.
//
// This package does not make the span of the request. Any instrumentation of gin that puts a
// span into the request's context works, for example otelgin. Without a span in the context
// nothing is recorded, so background work starts no traces.
//
// Names and attributes:
//
//	event  ginauth.<kind>          ginauth.reason, ginauth.session, ginauth.count
//	span   ginauth.store <verb>    ginauth.session, ginauth.answer, and depending on the verb
//	                               ginauth.outcome, ginauth.revocation, ginauth.count
//
// Many people can read traces. Therefore no attribute holds a token, a jti, an address, a
// User-Agent or a claim. ginauth.session is the last six characters of the session's id: enough
// to find the session in the application's log, too little to look it up in the store. Subjects
// and actors appear only if [Options].Subjects is set.
package tracing
