package main

import (
	"context"
	"errors"
	"fmt"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

const (
	adminRole   = "admin"
	roleClaim   = "role"
	identityKey = "identity" // gin-jwt's default
)

// authenticate is gin-jwt's Authenticator. An unknown user, a disabled one and a wrong
// password get the same answer after the same work.
func (a *app) authenticate(c *gin.Context) (any, error) {
	name, plain, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	u, err := a.users.find(c.Request.Context(), name)
	unknown := errors.Is(err, errUnknownUser)
	if err != nil && !unknown {
		return nil, unavailable(err)
	}
	ctx, cancel := patiently(c.Request.Context())
	defer cancel()
	if unknown {
		return nil, passwordError(a.passwords.VerifyUnknown(ctx, plain))
	}
	rehash, err := a.passwords.Verify(ctx, u.hash, plain)
	if err != nil {
		return nil, passwordError(err)
	}
	if u.disabled {
		return nil, jwt.ErrFailedAuthentication
	}
	if rehash {
		a.upgradeHash(ctx, u, plain)
	}
	return u, nil
}

// upgradeHash hashes a correct password again with the current costs. The login succeeds even
// if this fails; the next login tries again.
func (a *app) upgradeHash(ctx context.Context, u user, plain string) {
	hash, err := a.passwords.Hash(ctx, plain)
	if err == nil {
		_, err = a.users.replaceHash(ctx, u.name, u.hash, hash)
	}
	if err != nil {
		a.logger.WarnContext(ctx, "password hash not upgraded", "user", u.name, "error", err)
	}
}

// claims is gin-jwt's PayloadFunc.
func claims(data any) jwt.MapClaims {
	u, _ := data.(user)
	claims := jwt.MapClaims{identityKey: u.name}
	if u.role != "" {
		claims[roleClaim] = u.role
	}
	return claims
}

// reload reads the user again at a refresh, so that a new role takes effect and a disabled
// user is logged out.
func (a *app) reload(ctx context.Context, s session.Session) (any, error) {
	u, err := a.users.find(ctx, s.Subject)
	if errors.Is(err, errUnknownUser) || err == nil && u.disabled {
		return nil, ginauth.ErrUserDisabled
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return u, nil
}

func unavailable(err error) error {
	return fmt.Errorf("%w: %w", ginauth.ErrUnavailable, err)
}
