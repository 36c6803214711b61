// Package jwks lets a service verify the access tokens of another service: it keeps a
// [keys.Ring] equal to the JWK set (RFC 7517) that the issuer publishes.
//
//	remote, err := jwks.Follow(ctx, jwks.Options{
//		URL:     "https://auth.example/.well-known/jwks.json",
//		OnError: func(err error) { slog.Warn("keys of the issuer", "error", err) },
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	store, err := redisstore.Connect("redis://redis.example:6379", redisstore.Options{}) // the issuer's
//	if err != nil {
//		log.Fatal(err)
//	}
//	auth, err := ginauth.New(ginauth.Config{
//		JWT:  &jwt.GinJWTMiddleware{Realm: "orders"},
//		Keys: remote.Ring(), Issuer: "https://auth.example", Audience: []string{"orders"},
//		Store: store,
//	})
//
// At the end of the program call [Remote.Close].
//
// The service cannot mint tokens. With the issuer's store, or a mirror of it, it obeys every
// revocation.
//
// The set is read at the start, then every Options.Every, and also when a token names an
// unknown key, but at most once per Options.Cooldown, whatever clients send. The token that
// caused a reading is still refused; a client that tries again soon afterwards succeeds. While
// the issuer does not answer, the keys stay in use for up to Options.MaxAge. Without keys
// every token is refused.
package jwks
