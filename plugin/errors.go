package ginauth

import (
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// The classes of refusal. Each is one row of the error table: a status, a word and one fixed
// public sentence. An error of this package wraps a class and its cause: [errors.Is] finds
// both, and the client sees only the class. Where gin-jwt has an error of the same meaning
// (jwt.ErrExpiredToken, jwt.ErrForbidden, ...), errors.Is finds that too.
var (
	ErrInvalidRequest     error = refusal.InvalidRequest     // 400 invalid_request
	ErrInvalidCredentials error = refusal.InvalidCredentials // 401 invalid_credentials
	ErrTokenMissing       error = refusal.TokenMissing       // 401 token_missing
	ErrInvalidClient      error = refusal.InvalidClient      // 401 invalid_client
	ErrTokenInvalid       error = refusal.TokenInvalid       // 401 token_invalid
	ErrTokenExpired       error = refusal.TokenExpired       // 401 token_expired
	ErrTokenRevoked       error = refusal.TokenRevoked       // 401 token_revoked

	// 401 reauthentication_required: the route requires a more recent login. RFC 9470.
	ErrReauthenticationRequired error = refusal.ReauthenticationRequired

	// 401 invalid_grant: every refused refresh token, be it unknown, expired, revoked or reused.
	// 400 without a challenge at [Auth.RefreshHandler] where the request has grant_type, as RFC
	// 6749 section 5.2 says; [errors.Is] and [Code] tell it too.
	ErrInvalidGrant error = refusal.InvalidGrant

	ErrForbidden error = refusal.Forbidden // 403 forbidden

	// 403 cross_origin: a request with cookies from another origin, or without the token that
	// [Cookies].CSRFToken requires.
	ErrCrossOrigin error = refusal.CrossOrigin

	ErrNotFound         error = refusal.NotFound         // 404 not_found
	ErrMethodNotAllowed error = refusal.MethodNotAllowed // 405 method_not_allowed
	ErrTooLarge         error = refusal.TooLarge         // 413 too_large
	ErrTooManyAttempts  error = refusal.TooManyAttempts  // 429 too_many_attempts

	// 503 unavailable: the store could not confirm, and the requested operation may or may not
	// have happened; or a revocation overtook a login ([session.ErrOvertaken]), and it did not.
	// Nothing was granted.
	ErrUnavailable error = refusal.Unavailable

	// 500 internal: a mistake in the application, such as Authenticator data without a
	// subject. The cause is in the log.
	ErrInternal error = refusal.Internal
)

// ErrUserDisabled is returned by Config.Reload for a user who may no longer log in. The
// refresh is refused as [ErrInvalidGrant], and the session ends.
var ErrUserDisabled = errors.New("ginauth: user disabled")

// Code returns the row of the error table that err belongs to: the HTTP status and the word of
// the reply's member "error". An error without a class counts as [ErrInternal], as in
// [Auth.Refuse]. Code(nil) is 200 and "".
func Code(err error) (status int, code string) {
	if err == nil {
		return 200, ""
	}
	row := refusal.Of(err)
	return row.Status, row.Word
}

// Refuse aborts the request and answers with the row of the error table that err belongs to.
// An error of no class is [ErrInternal]. It sets WWW-Authenticate on a 401 (RFC 6750 section
// 3), Retry-After on 429 and 503, and no-store. gin-jwt's hooks HTTPStatusMessageFunc and
// Unauthorized are called if they are set. If something was already written, Refuse only
// aborts.
//
// HTTPStatusMessageFunc gets an error that can be compared with ==, as it could with gin-jwt: the
// one that the Authenticator returned or that was handed to Refuse, as the application made it; or
// gin-jwt's own of the same meaning, such as jwt.ErrExpiredToken; or else one of
// this package's classes, such as [ErrInvalidGrant].
// Without that hook, Unauthorized gets the text of this error, or the public sentence of a class.
// [RefusalFrom] returns the class and the cause.
//
// Use it in your own handlers, so that all refusals of a service look the same. gin's c.Errors are
// left alone, unless Config.GinErrors is set.
func (a *Auth) Refuse(c *gin.Context, err error) { a.refuser.Refuse(c, err) }

// RefusalFrom returns the error with which [Auth.Refuse], or a handler or middleware of an Auth,
// has refused this request: its class, for [errors.Is] and [Code], and its cause. It is nil if the
// request was not refused. It is for hooks, and for middleware that logs after c.Next; the cause is
// not for clients.
func RefusalFrom(c *gin.Context) error { return wire.Refused(c) }

// TooManyAttempts returns an [ErrTooManyAttempts] that tells the client when to come back
// (Retry-After, rounded up to a second). An Authenticator returns it to refuse a login.
func TooManyAttempts(wait time.Duration) error {
	return refuse(ErrTooManyAttempts, &refusal.Throttled{Wait: wait})
}

// refuse wraps a cause in its class. With a nil cause it returns the class itself.
func refuse(as, cause error) error { return refusal.Wrap(as, cause) }

// word is the error word of err's class.
func word(err error) string { return refusal.Of(err).Word }
