// Package ginauth turns gin-jwt v2 into a complete login system for Gin: short access
// tokens, rotating refresh tokens, server-side sessions, and revocation that every node
// obeys.
//
// Start with New: it takes gin-jwt's own struct and a store, and gives the handlers and
// middleware that an existing gin-jwt project already mounts.
//
//	auth, err := ginauth.New(ginauth.Config{
//		JWT:   &jwt.GinJWTMiddleware{Key: secret, Authenticator: authenticate, PayloadFunc: claims},
//		Store: redisstore.New(rdb), // or memstore.New()
//	})
//	...
//	r.POST("/login", auth.LoginHandler)
//	r.POST("/refresh", auth.RefreshHandler)
//	r.POST("/logout", auth.LogoutHandler)
//	protected := r.Group("/protected", auth.MiddlewareFunc())
//
// Three names carry most of the rest: SessionFrom tells a handler who is logged in,
// Auth.RevokeSession and its sisters end things from Go, and Config says what can be
// set and what the zero value means.
//
// What it promises: a refused request never reaches its handler; a revocation that was
// answered 200 is in the store; when the store cannot answer, login, refresh and logout
// answer 503, and so do protected routes unless OutagePolicy says otherwise. What it does
// not do: limit failed logins unless it is given a LoginLimiter, keep users, or terminate
// TLS.
package ginauth
