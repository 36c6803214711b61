package ginauth

import (
	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
)

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
	if access, ok := a.own(c); ok && !a.left(c) {
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
