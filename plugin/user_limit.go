package ginauth

import (
	"context"
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/token"
)

// UserLimiter limits how often one user may begin sessions, and how often one session may end
// others: [Config].UserLimit. The limiters of package throttle are UserLimiters.
//
// It is for a thief, or a script, with a right password or a live token, whom no limit of failed
// logins stops. Each login beyond Config.MaxSessions ends another session of the user, and each
// "log out everywhere" is an entry of the revocation log that every node reads. Counted are, by
// subject, logins after the Authenticator, with [Auth.Login] and [Auth.BeginSession], and, by
// session, [Auth.LogoutAllHandler], [Auth.LogoutOthersHandler], and [Auth.DeleteSessionHandler] for another session than the
// caller's: a thief cannot use up the turns with which the owner ends the thief's sessions. Past
// the limit they are [ErrTooManyAttempts] with Retry-After, and change nothing. Never counted are
// [Auth.LogoutHandler], so that users can always end their own session, refreshes, and
// revocations from Go.
type UserLimiter interface {
	// Take counts one use of a text, which is "user:" and a subject or "session:" and a session
	// id, and returns 0, or returns how long to wait and counts nothing. An error is an
	// [EventStoreDown]; it refuses a login as [ErrUnavailable], and keeps nobody from ending
	// sessions. Take is called concurrently, with a context that ends after 2.5 seconds and not
	// when the client hangs up.
	Take(ctx context.Context, of string) (wait time.Duration, err error)
}

// takeTurnToEnd is takeTurn before a revocation, which a limiter that cannot answer must not
// prevent: a Redis that is full counts nothing, and still ends sessions.
func (a *Auth) takeTurnToEnd(c *gin.Context, access *token.Verified) error {
	of := "user:" + access.Subject
	if !access.Legacy() {
		of = "session:" + access.SessionID.String()
	}
	ctx, cancel := writeContext(c)
	defer cancel()
	if err := a.takeTurn(ctx, of); errors.Is(err, ErrTooManyAttempts) {
		return err
	}
	return nil
}

// turnKey is the context key of the subject whose turn a request has taken ahead.
type turnKey struct{ of *Auth }

// takeLoginTurn takes the turn of a login.
func (a *Auth) takeLoginTurn(ctx context.Context, subject string) error {
	return a.takeTurn(ctx, "user:"+subject)
}

// takeTurn asks Config.UserLimit.
func (a *Auth) takeTurn(ctx context.Context, of string) error {
	if a.config.UserLimit == nil {
		return nil
	}
	return a.limiterAnswer(ctx, func(ctx context.Context) (time.Duration, error) { return a.config.UserLimit.Take(ctx, of) })
}
