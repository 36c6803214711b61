package main

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// freshLogin is the maximum age of the login for a change of password.
const freshLogin = 5 * time.Minute

func (a *app) routes() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false // the redirect would be an HTML reply
	if err := r.SetTrustedProxies(a.config.trustedProxies); err != nil {
		return nil, err
	}
	a.warnOfProxies(r)
	page, err := a.page()
	if err != nil {
		return nil, err
	}
	r.Use(a.logRequests, a.recoverPanics, a.onEveryReply)
	r.NoRoute(func(c *gin.Context) { a.auth.Refuse(c, ginauth.ErrNotFound) })
	r.NoMethod(a.otherMethod)

	get(r, "/", page)
	get(r, "/assets/:name", a.asset)
	get(r, "/healthz", a.healthz)
	get(r, "/readyz", a.readyz)
	get(r, "/metrics", gin.WrapH(a.collector.Handler()))
	get(r, "/.well-known/jwks.json", gin.WrapH(a.config.keys.ring.Handler()))
	a.authRoutes(r)
	return r, nil
}

// authRoutes mounts the library's routes and the routes that it guards.
func (a *app) authRoutes(r *gin.Engine) {
	r.POST("/login", a.auth.LoginHandler)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.POST("/logout/all", a.auth.LogoutAllHandler)
	r.POST("/logout/others", a.auth.LogoutOthersHandler)

	r.POST("/revoke", a.auth.RevocationHandler)
	r.POST("/introspect", a.auth.IntrospectionHandler)

	var check []ginauth.RouteOption
	if a.config.revocationCheck == checkStrict {
		check = append(check, ginauth.Strict())
	}
	get(r, "/hello", a.auth.Optional(check...), a.hello)

	protected := r.Group("/protected", a.auth.Require(check...))
	get(protected, "", a.protected)
	get(protected, "/me", a.me)
	get(protected, "/events", a.auth.LimitStreams(maxStreams), a.events)
	get(protected, "/sessions", a.auth.SessionsHandler)
	protected.DELETE("/sessions/:id", a.auth.DeleteSessionHandler)
	protected.POST("/password", a.auth.Fresh(freshLogin), a.changePassword)

	admin := protected.Group("/admin", a.requireRole(adminRole))
	get(admin, "", a.admin)
	get(admin, "/sessions", a.adminSessions)
	admin.POST("/revocations", a.adminRevoke)
	admin.POST("/users/:name", a.adminSetUser)
}

// get mounts a handler for GET and for HEAD, which gin does not serve by itself.
func get(r gin.IRoutes, path string, handlers ...gin.HandlerFunc) {
	r.GET(path, handlers...)
	r.HEAD(path, handlers...)
}

// otherMethod answers a request to a known path with another method. gin has already set
// Allow, which is all that an OPTIONS request asks for.
func (a *app) otherMethod(c *gin.Context) {
	if c.Request.Method == http.MethodOptions {
		c.Status(http.StatusNoContent)
		return
	}
	a.auth.Refuse(c, ginauth.ErrMethodNotAllowed)
}
