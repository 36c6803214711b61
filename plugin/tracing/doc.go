// Package tracing shows ginauth in OpenTelemetry traces: what happened as events of the
// request's span, and the calls to the store as spans below it.
//
//	tracer, counters := tracing.New(tracing.Options{}), metrics.New()
//	store, err := tracer.Store(redisstore.New(rdb))
//	if err != nil {
//		log.Fatal(err)
//	}
//	_, err = ginauth.New(ginauth.Config{
//		JWT:   &jwt.GinJWTMiddleware{ /* ... */ },
//		Store: mirror.New(store, mirror.Options{}),
//		OnEvent: func(ctx context.Context, e ginauth.Event) {
//			tracer.OnEvent(ctx, e)
//			counters.OnEvent(ctx, e)
//		},
//	})
//
// The traced store lies beneath the copy: what the copy answers costs no span.
//
// The request's span is not made here: any instrumentation of gin that puts one into the
// request's context will do, such as otelgin. Without a span in the context nothing is
// recorded, so that what runs in the background begins no traces of its own.
//
// Names and attributes:
//
//	event  ginauth.<kind>          ginauth.reason, ginauth.session, ginauth.count
//	span   ginauth.store <verb>    ginauth.session, ginauth.answer, and what the verb has to say:
//	                               ginauth.outcome, ginauth.revocation, ginauth.count
//
// Many may read traces. No attribute holds a token, a jti, an address, a User-Agent or a
// claim. ginauth.session is the last six characters of the session's id: enough to find
// the session in the log, too little to name it to the store. Subjects and actors are there
// only with Options.Subjects.
package tracing
