package ginauth

import (
	"errors"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
)

// RouteOption changes how one MiddlewareFunc or Optional checks.
type RouteOption func(*route)

type route struct {
	strict bool
	down   OutagePolicy
}

// Strict makes a route ask the store on every request, behind any local copy of the
// revocation list. A store without a copy is always asked.
func Strict(r *route) { r.strict = true }

// OnDown sets a route's own OutagePolicy instead of Config.OnStoreDown.
func OnDown(p OutagePolicy) RouteOption { return func(r *route) { r.down = p } }

func (a *Auth) newRoute(options []RouteOption) route {
	r := route{down: a.down}
	for _, option := range options {
		option(&r)
	}
	return r
}

// MiddlewareFunc admits requests with a good access token: verified, not expired, not
// revoked, and allowed by gin-jwt's Authorizator (else ErrForbidden). Behind it
// SessionFrom, jwt.ExtractClaims, jwt.GetToken and c.Get(identityKey) answer.
//
// A request is refused before its handler runs, always. When the store cannot say
// whether the token is revoked, the route's OutagePolicy decides.
func (a *Auth) MiddlewareFunc(options ...RouteOption) gin.HandlerFunc {
	r := a.newRoute(options)
	return func(c *gin.Context) {
		token, err := a.transport.accessToken(c)
		if err == nil && token == "" {
			err = ErrTokenMissing
		}
		if err == nil {
			err = a.admit(c, r, token)
		}
		if err = a.renewed(c, r, token, err); err != nil {
			a.refused(c, err)
			return
		}
		c.Next()
	}
}

// Optional is MiddlewareFunc for routes that serve strangers too: a request without a
// token passes with nobody logged in. A token that is presented must be good.
func (a *Auth) Optional(options ...RouteOption) gin.HandlerFunc {
	r := a.newRoute(options)
	return func(c *gin.Context) {
		token, err := a.transport.accessToken(c)
		if err == nil && token != "" {
			err = a.admit(c, r, token)
		}
		if err = a.renewed(c, r, token, err); err != nil {
			a.refused(c, err)
			return
		}
		c.Next()
	}
}

// Fresh admits sessions whose login (auth_time) is at most maxAge old, and answers
// others with the step-up challenge of RFC 9470. A refresh does not make a login
// fresh. Mount it behind MiddlewareFunc.
func (a *Auth) Fresh(maxAge time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		access, ok := SessionFrom(c)
		switch {
		case !ok:
			a.refused(c, ErrTokenMissing)
		case !a.fresh(access.AuthTime, maxAge):
			a.refused(c, refuse(ErrReauthenticationRequired, &staleLogin{maxAge}))
		default:
			c.Next()
		}
	}
}

// fresh takes no login of the future for a fresh one: a node's clock was ahead.
func (a *Auth) fresh(login time.Time, maxAge time.Duration) bool {
	age := a.now().Sub(login)
	return age <= maxAge && age >= -a.leeway
}

func (a *Auth) refused(c *gin.Context, err error) {
	access, _ := SessionFrom(c)
	a.emit(c.Request.Context(), c, Event{
		Kind: EventRefused, Subject: access.Subject, Session: access.SessionID, Reason: classOf(err).Word, Err: err,
	})
	a.Refuse(c, err)
}

// admit verifies a token, checks it against the store, and makes the request that of
// its user.
func (a *Auth) admit(c *gin.Context, r route, text string) error {
	access, claims, err := a.tokens.Once(text)
	if err != nil {
		return err
	}
	if err := a.checkCSRF(c, a.accessByCookie(c.Request, access)...); err != nil {
		return err
	}
	if err := a.checkRevoked(c, r, access); err != nil {
		return err
	}
	a.confirmer.seen(access)
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
	ctx := c.Request.Context()
	err := a.store.Check(ctx, access.Probe(r.strict))
	if err == nil {
		return nil
	}
	if err = a.storeError(ctx, c, err); r.down == Allow && errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
		a.emit(ctx, c, Event{Kind: EventServedUnchecked, Subject: access.Subject, Session: access.SessionID})
		return nil
	}
	return err
}

// install puts who is logged in where handlers and gin-jwt's hooks look for it, and
// returns the identity. It runs only after every check. access may be shared with other
// requests, claims are this one's.
func (a *Auth) install(c *gin.Context, access *token.Verified, claims jwt.MapClaims) any {
	c.Set(accessKey, access)
	c.Set(payloadKey, claims)
	c.Set(tokenKey, access.Text)
	c.Set(liveKey, a.live)
	identity := claims[a.jwt.IdentityKey] // as gin-jwt's own IdentityHandler has it
	if a.hooks.identity != nil {
		identity = a.hooks.identity(c)
	}
	if identity != nil {
		c.Set(a.identityKey, identity)
	}
	return identity
}

// current is who is logged in: from MiddlewareFunc in front of the handler, or, where
// there is none, from the request's token, checked strictly.
func (a *Auth) current(c *gin.Context) (Access, error) {
	if access, ok := SessionFrom(c); ok {
		return access, nil
	}
	token, err := a.transport.accessToken(c)
	if err != nil {
		return Access{}, err
	}
	if token == "" {
		return Access{}, ErrTokenMissing
	}
	if err := a.admit(c, route{strict: true, down: Deny}, token); err != nil {
		return Access{}, err
	}
	access, _ := SessionFrom(c)
	return access, nil
}
