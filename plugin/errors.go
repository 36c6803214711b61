package ginauth

import (
	"errors"
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// The classes of refusal. Each is one row of the error table: a status, a word and
// one fixed public sentence. Errors of this package wrap class and cause together:
// errors.Is finds both, the client sees the class alone. Where gin-jwt has an error
// of the same meaning (jwt.ErrExpiredToken, jwt.ErrForbidden, ...), errors.Is finds it
// too, so an HTTPStatusMessageFunc written for gin-jwt goes on working.
var (
	ErrInvalidRequest     error = row(http.StatusBadRequest, "invalid_request", "The request is malformed.", nil)
	ErrInvalidCredentials error = row(http.StatusUnauthorized, "invalid_credentials", "Invalid credentials", jwt.ErrFailedAuthentication)
	ErrTokenMissing       error = row(http.StatusUnauthorized, "token_missing", "A token is required.", jwt.ErrEmptyAuthHeader)
	ErrInvalidClient      error = row(http.StatusUnauthorized, "invalid_client", "Client authentication failed.", nil)
	ErrTokenInvalid       error = row(http.StatusUnauthorized, "token_invalid", "The token is not valid.", jwt.ErrInvalidAuthHeader)
	ErrTokenExpired       error = row(http.StatusUnauthorized, "token_expired", "The token has expired.", jwt.ErrExpiredToken)
	ErrTokenRevoked       error = row(http.StatusUnauthorized, "token_revoked", "The token was revoked.", nil)
	// ErrReauthenticationRequired: the route wants a more recent login. RFC 9470.
	ErrReauthenticationRequired error = row(http.StatusUnauthorized, "reauthentication_required", "Please log in again to do this.", nil)
	// ErrInvalidGrant is every refused refresh token: unknown, expired, revoked or reused.
	ErrInvalidGrant     error = row(http.StatusUnauthorized, "invalid_grant", "The refresh token is not valid.", nil)
	ErrForbidden        error = row(http.StatusForbidden, "forbidden", "You are not allowed to do this.", jwt.ErrForbidden)
	ErrCrossOrigin      error = row(http.StatusForbidden, "cross_origin", "Cross-origin requests with cookies are refused.", nil)
	ErrNotFound         error = row(http.StatusNotFound, "not_found", "Not found.", nil)
	ErrMethodNotAllowed error = row(http.StatusMethodNotAllowed, "method_not_allowed", "This method is not allowed here.", nil)
	ErrTooLarge         error = row(http.StatusRequestEntityTooLarge, "too_large", "The request is too large.", nil)
	ErrTooManyAttempts  error = row(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts. Try again later.", nil)
	// ErrUnavailable: the store could not confirm. Nothing was granted; an operation that
	// was asked for may or may not have happened.
	ErrUnavailable error = row(http.StatusServiceUnavailable, "unavailable", "The service is temporarily unavailable. Try again.", nil)
	// ErrInternal is a mistake of the application, such as an Authenticator whose data names
	// no subject. The cause is in the log.
	ErrInternal error = internal
)

var internal = row(http.StatusInternalServerError, "internal", "Internal error.", nil)

// ErrUserDisabled is what Config.Reload returns for a user who may not go on: the
// refresh is refused as invalid_grant and the session ends.
var ErrUserDisabled = errors.New("ginauth: user disabled")

// class is one row of the error table.
type class struct {
	status  int
	word    string
	message string
	ginJWT  error // what gin-jwt calls the same thing, or nil
}

func row(status int, word, message string, ginJWT error) *class {
	return &class{status: status, word: word, message: message, ginJWT: ginJWT}
}

func (c *class) Error() string { return "ginauth: " + c.word }

func (c *class) Unwrap() error { return c.ginJWT }

// refusal is a class with its cause. The cause is for logs and errors.Is; it never
// holds a token or any part of one.
type refusal struct {
	class *class
	cause error
}

// refuse wraps a cause in its class. A nil cause gives the class itself.
func refuse(as, cause error) error {
	if cause == nil {
		return as
	}
	return &refusal{class: classOf(as), cause: cause}
}

func (r *refusal) Error() string   { return r.class.Error() + ": " + r.cause.Error() }
func (r *refusal) Unwrap() []error { return []error{r.class, r.cause} }

// classOf is the row of an error: the outermost class in its chain, or ErrInternal.
func classOf(err error) *class {
	var r *refusal
	if errors.As(err, &r) {
		return r.class
	}
	var c *class
	if errors.As(err, &c) {
		return c
	}
	return internal
}
