package ginauth

import (
	"errors"

	"github.com/gin-gonic/gin"
)

// TryPassword runs a password check outside of a login, such as that of a change of password or
// of a second login for something important, and counts it in Config.LoginLimit as a login is
// counted: otherwise that route would be the place to guess. name is the name to count by, as
// LoginLimit.Name returns it. Without Config.LoginLimit nothing is counted.
//
// It returns what check returns. A wrong password, and an attempt that must wait, is an
// [EventLoginFailed]. Errors: [ErrTooManyAttempts], after which the answer of check is withheld
// or check was not called; [ErrUnavailable] if the limiter cannot answer; and those of check,
// unchanged, of which only [ErrInvalidCredentials] is counted.
func (a *Auth) TryPassword(c *gin.Context, name string, check func() (right bool, err error)) (right bool, err error) {
	if a.config.LoginLimit == nil {
		right, err = check()
	} else {
		right, err = a.limited(c, name, check)
	}
	failed := err
	if err == nil && !right {
		failed = ErrInvalidCredentials
	}
	if errors.Is(failed, ErrInvalidCredentials) || errors.Is(failed, ErrTooManyAttempts) {
		a.emit(requestContext(c), Event{Kind: EventLoginFailed, Subject: name, Reason: word(failed), Err: failed})
	}
	return right, err
}
