package ginauth

import (
	"errors"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

// The classes of refusal. Each is one row of the error table: a status, a word and
// one fixed public sentence. Errors of this package wrap class and cause together:
// errors.Is finds both, the client sees the class alone. Where gin-jwt has an error
// of the same meaning (jwt.ErrExpiredToken, jwt.ErrForbidden, ...), errors.Is finds it
// too, so an HTTPStatusMessageFunc written for gin-jwt goes on working.
var (
	ErrInvalidRequest     error = refusal.InvalidRequest
	ErrInvalidCredentials error = refusal.InvalidCredentials
	ErrTokenMissing       error = refusal.TokenMissing
	ErrInvalidClient      error = refusal.InvalidClient
	ErrTokenInvalid       error = refusal.TokenInvalid
	ErrTokenExpired       error = refusal.TokenExpired
	ErrTokenRevoked       error = refusal.TokenRevoked
	// ErrReauthenticationRequired: the route wants a more recent login. RFC 9470.
	ErrReauthenticationRequired error = refusal.ReauthenticationRequired
	// ErrInvalidGrant is every refused refresh token: unknown, expired, revoked or reused.
	ErrInvalidGrant     error = refusal.InvalidGrant
	ErrForbidden        error = refusal.Forbidden
	ErrCrossOrigin      error = refusal.CrossOrigin
	ErrNotFound         error = refusal.NotFound
	ErrMethodNotAllowed error = refusal.MethodNotAllowed
	ErrTooLarge         error = refusal.TooLarge
	ErrTooManyAttempts  error = refusal.TooManyAttempts
	// ErrUnavailable: the store could not confirm. Nothing was granted; an operation that
	// was asked for may or may not have happened.
	ErrUnavailable error = refusal.Unavailable
	// ErrInternal is a mistake of the application, such as an Authenticator whose data names
	// no subject. The cause is in the log.
	ErrInternal error = refusal.Internal
)

// ErrUserDisabled is what Config.Reload returns for a user who may not go on: the
// refresh is refused as invalid_grant and the session ends.
var ErrUserDisabled = errors.New("ginauth: user disabled")

// class is one row of the error table.
type class = refusal.Class

// refuse wraps a cause in its class. A nil cause gives the class itself.
func refuse(as, cause error) error { return refusal.Wrap(as, cause) }

// classOf is the row of an error: the outermost class in its chain, or ErrInternal.
func classOf(err error) *class { return refusal.Of(err) }
