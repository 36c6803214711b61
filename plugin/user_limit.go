package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"
)

// UserLimiter limits how often one user may begin sessions, and end them several at a time:
// [Config].UserLimit. The limiters of package throttle are UserLimiters.
//
// It is for a thief, or a script, with a right password or a live token, whom no limit of failed
// logins stops. Each login beyond Config.MaxSessions ends another session of the user, and each
// "log out everywhere" is an entry of the revocation log that every node reads. Counted are
// logins after the Authenticator, [Auth.LogoutAllHandler], [Auth.LogoutOthersHandler], and
// [Auth.DeleteSessionHandler] for another session than the caller's. Past the limit they are
// [ErrTooManyAttempts] with Retry-After, and change nothing. Never counted are
// [Auth.LogoutHandler], so that a user can always end the own session, refreshes, and
// revocations from Go.
type UserLimiter interface {
	// Take counts one use of a subject and returns 0, or returns how long the user must wait and
	// counts nothing. An error is an [EventStoreDown]; it refuses a login as [ErrUnavailable], and
	// keeps nobody from ending sessions. Take is called concurrently, with a context that ends
	// after 2.5 seconds and not when the client hangs up.
	Take(ctx context.Context, subject string) (wait time.Duration, err error)
}

// takeTurnToEnd is takeTurn before a revocation, which a limiter that cannot answer must not
// prevent: a Redis that is full counts nothing, and still ends sessions.
func (a *Auth) takeTurnToEnd(c *gin.Context, subject string) error {
	if err := a.takeTurn(c, subject); errors.Is(err, ErrTooManyAttempts) {
		return err
	}
	return nil
}

// takeTurn asks Config.UserLimit.
func (a *Auth) takeTurn(c *gin.Context, subject string) error {
	if a.config.UserLimit == nil {
		return nil
	}
	return a.askLimiter(c, func(ctx context.Context) (time.Duration, error) {
		return a.config.UserLimit.Take(ctx, subject)
	})
}
