// Package refusal is the error table: the status, word and public sentence of each refusal.
// The root package gives the rows their public names.
package refusal

import (
	"errors"
	"net/http"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// The rows. The errors of package ginauth document what they mean.
var (
	InvalidRequest           = row(http.StatusBadRequest, "invalid_request", "The request is malformed.", nil)
	InvalidCredentials       = row(http.StatusUnauthorized, "invalid_credentials", "Invalid credentials", jwt.ErrFailedAuthentication)
	TokenMissing             = row(http.StatusUnauthorized, "token_missing", "A token is required.", jwt.ErrEmptyAuthHeader)
	InvalidClient            = row(http.StatusUnauthorized, "invalid_client", "Client authentication failed.", nil)
	TokenInvalid             = row(http.StatusUnauthorized, "token_invalid", "The token is not valid.", jwt.ErrInvalidAuthHeader)
	TokenExpired             = row(http.StatusUnauthorized, "token_expired", "The token has expired.", jwt.ErrExpiredToken)
	TokenRevoked             = row(http.StatusUnauthorized, "token_revoked", "The token was revoked.", nil)
	ReauthenticationRequired = row(http.StatusUnauthorized, "reauthentication_required", "Please log in again to do this.", nil)
	InvalidGrant             = row(http.StatusUnauthorized, "invalid_grant", "The refresh token is not valid.", nil)
	InvalidGrantOAuth        = row(http.StatusBadRequest, InvalidGrant.Word, InvalidGrant.Message, InvalidGrant)
	Forbidden                = row(http.StatusForbidden, "forbidden", "You are not allowed to do this.", jwt.ErrForbidden)
	CrossOrigin              = row(http.StatusForbidden, "cross_origin", "The request comes from another origin or lacks the CSRF token.", nil)
	NotFound                 = row(http.StatusNotFound, "not_found", "Not found.", nil)
	MethodNotAllowed         = row(http.StatusMethodNotAllowed, "method_not_allowed", "This method is not allowed here.", nil)
	TooLarge                 = row(http.StatusRequestEntityTooLarge, "too_large", "The request is too large.", nil)
	TooManyAttempts          = row(http.StatusTooManyRequests, "too_many_attempts", "Too many attempts. Try again later.", nil)
	Unavailable              = row(http.StatusServiceUnavailable, "unavailable", "The service is temporarily unavailable. Try again.", nil)
	Internal                 = row(http.StatusInternalServerError, "internal", "Internal error.", nil)
)

// Class is one row of the error table.
type Class struct {
	Status  int
	Word    string
	Message string
	same    error // an error of the same meaning: gin-jwt's, or another row; or nil
}

func row(status int, word, message string, same error) *Class {
	return &Class{Status: status, Word: word, Message: message, same: same}
}

func (c *Class) Error() string { return "ginauth: " + c.Word }

func (c *Class) Unwrap() error { return c.same }

// wrapped is a class with its cause. The cause is for logs and errors.Is. It never holds a
// token or any part of one.
type wrapped struct {
	class  *Class
	cause  error
	theirs bool // the cause is what a hook of the application returned
}

// Wrap puts a cause into a class. With a nil cause it returns the class itself.
func Wrap(as, cause error) error {
	if cause == nil {
		return as
	}
	return &wrapped{class: Of(as), cause: cause}
}

func (w *wrapped) Error() string   { return w.class.Error() + ": " + w.cause.Error() }
func (w *wrapped) Unwrap() []error { return []error{w.class, w.cause} }

// Of returns the row of an error: the outermost class in its chain, or Internal.
func Of(err error) *Class {
	var w *wrapped
	if errors.As(err, &w) {
		return w.class
	}
	var c *Class
	if errors.As(err, &c) {
		return c
	}
	return Internal
}
