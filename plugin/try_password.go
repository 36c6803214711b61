package ginauth

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"
)

// TryPassword calls check, which judges a password outside of a login: a change of password, a
// step-up. It counts a wrong one in Config.LoginLimit as a failed login of name, so that such a
// route is no way to guess passwords without a limit. Without a LoginLimit it only calls check.
//
// Errors: [ErrTooManyAttempts], before check is called or after it; [ErrUnavailable] when the
// limiter does not answer; and those of check, which count nothing. right is false with every
// error. Safe for concurrent use.
func (a *Auth) TryPassword(c *gin.Context, name string, check func() (right bool, err error)) (right bool, err error) {
	limit := a.config.LoginLimit
	if limit == nil {
		return check()
	}
	err = a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return limit.Limiter.Begin(ctx, name, clientAddress(ctx))
	})
	if err != nil {
		return false, err
	}
	if right, err = check(); err != nil {
		return false, err
	}
	err = a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return limit.Limiter.End(ctx, name, clientAddress(ctx), !right)
	})
	return right && err == nil, err
}
