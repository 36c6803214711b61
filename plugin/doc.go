// Package ginauth turns gin-jwt v2 into a complete login system for Gin: short access tokens,
// rotating refresh tokens, server-side sessions, and revocation that every node obeys.
//
// Start with [New]. It takes gin-jwt's own struct and a store, and returns the handlers and
// the middleware that an existing gin-jwt project already mounts.
//
//	r.POST("/login", auth.LoginHandler)
//	r.POST("/refresh", auth.RefreshHandler)
//	r.POST("/logout", auth.LogoutHandler)
//	protected := r.Group("/protected", auth.MiddlewareFunc())
//
// The package example shows a complete setup. The stores are in plugin/memstore and
// plugin/redisstore.
//
// [AccessFrom] returns who is logged in. [Auth.RevokeSession], [Auth.RevokeSubject] and
// [Auth.RevokeAll] end sessions from Go. [Config] lists the settings and their defaults.
//
// The promises: a refused request never reaches its handler. A revocation that was answered
// 200 is in the store. When the store cannot answer, login, refresh and logout answer 503, and
// so do protected routes unless an [OutagePolicy] allows them. The package does not limit
// failed logins unless [Config].LoginLimit is set, does not keep users, and does not
// terminate TLS.
package ginauth
