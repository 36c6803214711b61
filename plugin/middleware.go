package ginauth

import (
	"context"
	"errors"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
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
// behind [Auth.MiddlewareFunc] of the same Auth.
func (a *Auth) Fresh(maxAge time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		access, ok := a.own(c)
		if !ok {
			a.refused(c, ErrTokenMissing)
			return
		}
		// A login in the future was dated by another node's fast clock, and is not fresh.
		switch age := a.now().Sub(access.AuthTime); {
		case age > maxAge, age < -a.config.Leeway:
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

// admit checks a token and logs its user in for the request.
func (a *Auth) admit(c *gin.Context, r route, text string) error {
	access, claims, err := a.checked(c, r, text)
	if err != nil {
		return err
	}
	if a.jwt.SendAuthorization && !r.silent {
		c.Header("Authorization", a.jwt.TokenHeadName+" "+text)
	}
	return a.letIn(c, access, claims)
}

// checked verifies the token of a request and asks the store whether it is revoked.
func (a *Auth) checked(c *gin.Context, r route, text string) (*token.Verified, jwt.MapClaims, error) {
	access, claims, err := a.access.VerifyCached(text)
	if err != nil {
		return nil, nil, err
	}
	byCookie := a.byCookie(c, access)
	if err := a.csrf.Check(c, byCookie...); err != nil {
		if !r.silent {
			a.offerCSRF(c, err, byCookie)
		}
		return nil, nil, err
	}
	if err := a.checkRevoked(c, r, access); err != nil {
		return nil, nil, err
	}
	a.confirmer.Seen(access.Use(), access.Confirmed)
	return access, claims, nil
}

// letIn logs the user of a checked token in for the request, and lets the Authorizator decide.
func (a *Auth) letIn(c *gin.Context, access *token.Verified, claims jwt.MapClaims) error {
	if identity := a.install(c, access, claims); !a.jwt.Authorizator(identity, c) {
		return ErrForbidden
	}
	return nil
}

func (a *Auth) checkRevoked(c *gin.Context, r route, access *token.Verified) error {
	ctx, cancel := c.Request.Context(), func() {}
	if r.strict {
		ctx, cancel = limitedContext(ctx, c) // without the address: only events show it
	}
	err := a.config.Store.Check(ctx, access.Probe(r.strict))
	cancel()
	if err == nil {
		return nil
	}
	return a.unconfirmed(requestContext(c), r, access, err)
}

// unconfirmed decides about a token that the store did not confirm. ctx is the caller's.
func (a *Auth) unconfirmed(ctx context.Context, r route, access *token.Verified, err error) error {
	// A store that was closed is no outage: see session.ErrClosed.
	down := !errors.Is(err, session.ErrClosed)
	if err = a.storeError(ctx, err); down && r.down == Allow && errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
		a.emit(ctx, Event{Kind: EventServedUnchecked, Subject: access.Subject, Session: access.SessionID})
		return nil
	}
	return err
}

// install puts the access token where handlers and gin-jwt's hooks look for it, and returns
// the identity. It runs only after every check. access can be shared with other requests;
// claims belong to this one.
func (a *Auth) install(c *gin.Context, access *token.Verified, claims jwt.MapClaims) any {
	c.Set(a, access)
	c.Set(lastKey, a)
	c.Set(claimsKey, claims)
	c.Set(payloadKey, claims)
	c.Set(tokenKey, access.Text)
	identity := claims[a.jwt.IdentityKey] // as in gin-jwt's own IdentityHandler
	if a.config.JWT.IdentityHandler != nil {
		identity = a.config.JWT.IdentityHandler(c)
	}
	if identity != nil {
		c.Set(a.identityKey, identity)
	} else {
		c.Delete(a.identityKey) // of another middleware
	}
	return identity
}

// forgetOthers takes away the identity that another middleware has left for handlers and hooks,
// if this Auth has let nobody in.
func (a *Auth) forgetOthers(c *gin.Context) {
	if _, in := a.own(c); !in {
		a.forget(c)
	}
}

// forget takes away the identity that this or another middleware has left.
func (a *Auth) forget(c *gin.Context) {
	for _, key := range []any{a, lastKey, claimsKey, payloadKey, tokenKey, a.identityKey} {
		c.Delete(key)
	}
}

// current returns who is logged in: from this Auth's middleware in front of the handler or,
// without one, from the request's token, checked strictly.
func (a *Auth) current(c *gin.Context) (*token.Verified, error) {
	if access, ok := a.own(c); ok {
		return access, nil
	}
	text, err := a.transport.AccessToken(c.Request)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, ErrTokenMissing
	}
	if err := a.admit(c, route{strict: true, down: Deny}, text); err != nil {
		return nil, err
	}
	access, _ := a.own(c)
	return access, nil
}
