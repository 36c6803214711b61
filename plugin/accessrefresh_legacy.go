package ginauth

import (
	"context"
	"errors"
	"maps"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

// reasonLegacy is the reason of an EventLogin whose proof was a token that gin-jwt made.
const reasonLegacy = "legacy"

var errNotRenewable = errors.New("beyond Legacy.Until or JWT.MaxRefresh")

// unknownAuthTime is the auth_time of a session whose user gave no password here. It is too old for
// every [Auth.Fresh].
var unknownAuthTime = time.Unix(0, 0)

// beginByOldToken begins a session for the user of a token that gin-jwt made.
func (a *Auth) beginByOldToken(c *gin.Context, access *token.Verified) (Tokens, error) {
	o := a.loginIn(c, Unproven()) // before the check, so that a revocation in between overtakes the login
	o.device, o.reason = a.config.device(c), reasonLegacy
	ctx, cancel := writeContext(c)
	defer cancel()
	err := a.storeError(ctx, a.config.Store.Check(ctx, access.Probe(true)))
	if err == nil && !a.now().Before(a.lastRenewal(access)) {
		err = refuse(ErrTokenExpired, errNotRenewable)
	}
	if err != nil {
		a.accessRefused(ctx, access, err)
		return Tokens{}, err
	}
	who, err := a.userOfOldToken(ctx, access)
	if err == nil {
		var tokens Tokens
		if tokens, err = a.begin(ctx, o, who); err == nil {
			return tokens, nil
		}
	}
	a.loginFailed(ctx, err)
	return Tokens{}, err
}

// lastRenewal is when a token that gin-jwt made no longer begins a session, however long after its
// exp that may be.
func (a *Auth) lastRenewal(access *token.Verified) time.Time {
	last := a.config.Legacy.Until
	if life := a.config.JWT.MaxRefresh; life > 0 {
		if most := access.IssuedAt.Add(life); most.Before(last) {
			last = most
		}
	}
	return last
}

func (a *Auth) userOfOldToken(ctx context.Context, access *token.Verified) (loginUser, error) {
	claims, err := a.claimsOfOldToken(ctx, access)
	if errors.Is(err, ErrUserDisabled) {
		err = refuse(ErrTokenRevoked, err)
	}
	if err != nil {
		return loginUser{}, err
	}
	kept, err := a.config.keepClaims(claims)
	return loginUser{access.Subject, claims, kept}, err
}

func (a *Auth) claimsOfOldToken(ctx context.Context, access *token.Verified) (jwt.MapClaims, error) {
	if a.config.Reload != nil {
		return a.reload(ctx, session.Session{Subject: access.Subject})
	}
	claims := maps.Clone(access.Claims)
	for _, name := range token.Reserved {
		delete(claims, name)
	}
	delete(claims, "orig_iat")
	if claims[a.jwt.IdentityKey] == nil {
		claims[a.jwt.IdentityKey] = access.Subject
	}
	return claims, nil
}
