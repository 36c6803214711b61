package ginauth

import (
	"context"
	"errors"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

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
