package ginauth

import (
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// MiddlewareFunc is [Auth.Require] without options, with gin-jwt's name and type, so that an Auth
// is an interface{ MiddlewareFunc() gin.HandlerFunc }.
func (a *Auth) MiddlewareFunc() gin.HandlerFunc { return a.Require() }

// Require is the middleware that admits requests with a valid access token: verified, not
// expired, not revoked, and allowed by gin-jwt's Authorizator (else [ErrForbidden]). Handlers
// behind it can use [AccessFrom], jwt.ExtractClaims, jwt.GetToken and c.Get(identityKey).
//
// A refused request never reaches its handler. When the store cannot tell whether the token
// is revoked, the route's [OutagePolicy] decides. A check that replies nothing by itself is
// [Auth.Authenticate].
func (a *Auth) Require(options ...RouteOption) gin.HandlerFunc {
	r := a.routeOf(options)
	r.ignoreBad = false // or a refused token would open the route
	return a.guard(ErrTokenMissing, r)
}

// Optional is [Auth.Require] for routes that work without a login too: a request without a
// token passes, and [AccessFrom] returns false. A token that is presented must be valid, unless
// [IgnoreBadTokens] is given. A request without one is nobody's: what another Auth or gin-jwt's
// own middleware in front has left in the context for handlers is taken away.
func (a *Auth) Optional(options ...RouteOption) gin.HandlerFunc {
	return a.guard(nil, a.routeOf(options))
}

// guard is the middleware. missing is the answer to a request without a token; nil lets it
// pass.
func (a *Auth) guard(missing error, r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		text, err := a.transport.AccessToken(c.Request)
		switch {
		case err != nil:
		case text == "":
			err = missing
		default:
			err = a.admit(c, r, text)
		}
		if a.config.Cookies != nil && a.config.Cookies.ImplicitRefresh {
			err = a.renewed(c, r, text, err)
		}
		switch {
		case r.ignores(err):
			a.tellRefused(c, err)
			a.forget(c)
		case err != nil:
			a.refused(c, err)
			return
		default:
			a.forgetOthers(c)
		}
		c.Next()
	}
}

// Fresh admits sessions whose login (auth_time) is at most maxAge old, and answers others
// with the step-up challenge of RFC 9470. A refresh does not make a login fresh. Mount it
// behind [Auth.Require] of the same Auth, or call [Auth.Authenticate] before.
func (a *Auth) Fresh(maxAge time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		access, ok := a.own(c)
		if !ok {
			a.refused(c, ErrTokenMissing)
			return
		}
		// A login in the future was dated by another node's fast clock, and is not fresh.
		switch age := a.now().Sub(access.AuthTime); {
		case access.AuthTime.IsZero(), age > maxAge, age < -a.config.Leeway:
			a.refused(c, refuse(ErrReauthenticationRequired, &refusal.StaleLogin{MaxAge: maxAge}))
		default:
			c.Next()
		}
	}
}

// refused emits the event of a refusal and answers with it.
func (a *Auth) refused(c *gin.Context, err error) {
	a.tellRefused(c, err)
	a.Refuse(c, err)
}

func (a *Auth) tellRefused(c *gin.Context, err error) {
	e := Event{Kind: EventRefused, Reason: word(err), Err: err}
	if access, ok := a.own(c); ok {
		e.Subject, e.Session = access.Subject, access.SessionID
	}
	a.emit(requestContext(c), e)
}
