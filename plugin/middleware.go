package ginauth

import (
	"errors"
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/internal/wire"
	"github.com/ginauth/ginauth/plugin/session"
)

// RouteOption changes how one [Auth.MiddlewareFunc] or [Auth.Optional] checks.
type RouteOption func(*route)

type route struct {
	strict bool
	down   OutagePolicy
}

// Strict makes a route ask the store on every request, in addition to a local copy of the
// revocation list. A store without a copy is always asked.
func Strict() RouteOption { return func(r *route) { r.strict = true } }

// OnDown sets a route's own [OutagePolicy] in place of Config.OnStoreDown.
func OnDown(p OutagePolicy) RouteOption { return func(r *route) { r.down = p } }

// MiddlewareFunc admits requests with a valid access token: verified, not expired, not
// revoked, and allowed by gin-jwt's Authorizator (else [ErrForbidden]). Handlers behind it
// can use [AccessFrom], jwt.ExtractClaims, jwt.GetToken and c.Get(identityKey).
//
// A refused request never reaches its handler. When the store cannot tell whether the token
// is revoked, the route's [OutagePolicy] decides.
func (a *Auth) MiddlewareFunc(options ...RouteOption) gin.HandlerFunc {
	return a.guard(ErrTokenMissing, options)
}

// Optional is [Auth.MiddlewareFunc] for routes that work without a login too: a request
// without a token passes, and [AccessFrom] returns false. A token that is presented must be
// valid. A request without one is nobody's: what another Auth or gin-jwt's own middleware in
// front has left in the context for handlers is taken away.
func (a *Auth) Optional(options ...RouteOption) gin.HandlerFunc {
	return a.guard(nil, options)
}

// guard is the middleware. missing is the answer to a request without a token; nil lets it
// pass.
func (a *Auth) guard(missing error, options []RouteOption) gin.HandlerFunc {
	r := route{down: a.config.OnStoreDown}
	for _, option := range options {
		option(&r)
	}
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
		if err != nil {
			a.refused(c, err)
			return
		}
		a.forgetOthers(c)
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

func (a *Auth) refused(c *gin.Context, err error) {
	e := Event{Kind: EventRefused, Reason: word(err), Err: err}
	if access, ok := a.own(c); ok {
		e.Subject, e.Session = access.Subject, access.SessionID
	}
	a.emit(requestContext(c), e)
	a.Refuse(c, err)
}

// admit verifies a token, checks it against the store, and logs its user in for the request.
func (a *Auth) admit(c *gin.Context, r route, text string) error {
	access, claims, err := a.access.VerifyCached(text)
	if err != nil {
		return err
	}
	if err := a.checkCSRF(c, a.byCookie(c, access)...); err != nil {
		return err
	}
	if err := a.checkRevoked(c, r, access); err != nil {
		return err
	}
	a.confirmer.Seen(access.Use(), access.Confirmed)
	identity := a.install(c, access, claims)
	if a.jwt.SendAuthorization {
		c.Header("Authorization", a.jwt.TokenHeadName+" "+text)
	}
	if !a.jwt.Authorizator(identity, c) {
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
	ctx = requestContext(c)
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
	if _, in := a.own(c); in {
		return
	}
	for _, key := range []any{lastKey, claimsKey, payloadKey, tokenKey, a.identityKey} {
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

// renewed refreshes for a page navigation without a valid access token: Cookies.ImplicitRefresh.
// text and err are what the middleware found; the result decides the request.
//
// It cannot undo a logout. The store orders the two: after the logout there is nothing to
// rotate, and a rotation before it belongs to a session that is dead, so the cookies of a late
// reply open nothing. The new access token is checked like any other before anything is sent.
func (a *Auth) renewed(c *gin.Context, r route, text string, err error) error {
	without := text == "" && (err == nil || errors.Is(err, ErrTokenMissing)) || errors.Is(err, ErrTokenExpired)
	if !without || !navigation(c.Request) || a.transport.InHeader(c.Request, text) {
		return err
	}
	presented, cookieErr := a.transport.RefreshCookie(c.Request)
	if cookieErr != nil {
		return cookieErr
	}
	if presented == "" {
		return err
	}
	tokens, rotateErr := a.rotateToken(c, presented, false)
	if rotateErr == nil {
		rotateErr = a.admit(c, r, tokens.AccessToken)
	}
	switch {
	case rotateErr == nil, errors.Is(rotateErr, ErrForbidden):
		wire.NoStore(c)
		a.setCookies(c, tokens)
		return rotateErr
	case errors.Is(rotateErr, ErrInvalidGrant), errors.Is(rotateErr, ErrTokenRevoked):
		a.jar.Clear(c)
		return err // as if there had been no cookie
	}
	return rotateErr
}

// navigation reports whether a browser opens a page because its user typed the address,
// reloaded, or followed a link on this site; a prefetch is none of these. A browser that does
// not send the headers is not trusted.
func navigation(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(site == "same-origin" || site == "none") &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Purpose") == "" && r.Header.Get("Purpose") == ""
}
