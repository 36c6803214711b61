// Package jwks lets a service verify the access tokens of another one: it keeps a
// keys.Ring equal to the JWK set that the issuer publishes.
//
//	remote, err := jwks.Follow(context.Background(), jwks.Options{
//		URL:     "https://auth.example/.well-known/jwks.json",
//		OnError: func(err error) { slog.Warn("keys of the issuer", "error", err) },
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer remote.Close()
//	auth, err := ginauth.New(ginauth.Config{
//		JWT:  &jwt.GinJWTMiddleware{Realm: "orders"},
//		Keys: remote.Ring(), Issuer: "https://auth.example", Audience: []string{"orders"},
//		Store: redisstore.New(rdb), // the issuer's
//	})
//
// Such a service cannot mint a token. With the issuer's store, or a mirror of it, it
// obeys every revocation.
//
// The set is read at start, then every Options.Every, and when a token names a key that
// is not there, but no oftener than every Options.Cooldown, whoever sends what: the token
// that asked is refused all the same, and a client that comes again soon finds the key.
// When the issuer does not answer, the keys stay as they are for Options.MaxAge. Without
// keys every token is refused.
package jwks
