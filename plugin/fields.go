package ginauth

import (
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/wire"
)

// MaxBody is the largest request body, in bytes, that the handlers of this package, [Field]
// and [ReadCredentials] read: 64 KiB. A larger one is [ErrTooLarge].
const MaxBody = wire.MaxBody

// CSRFHeader is X-CSRF-Token, the header in which a client repeats the token of the cookie
// __Host-csrf_token: see [Cookies].CSRFToken.
const CSRFHeader = wire.CSRFHeader

var errNoCredentials = errors.New("username or password missing")

// Field returns a text field of the request's body, "" if it is absent, null or empty. It
// reads application/json with one object without duplicate members, or
// application/x-www-form-urlencoded; names are matched exactly, and unknown ones are ignored,
// but two that differ only in letter case, which encoding/json takes for one, are refused. The
// body can be read again afterwards, by Field or by gin's binding.
//
// Errors: [ErrInvalidRequest], also for a value of another type or two different values of a
// form field; [ErrTooLarge].
func Field(c *gin.Context, name string) (string, error) {
	body, err := wire.ReadBody(c)
	if err != nil {
		return "", err
	}
	value, _, err := body.String(name)
	return value, err
}

// Flag returns a truth value of the request's body: JSON true or false, or these words in a
// form. present is false if it is absent or null. It reads the body as [Field] does and
// returns the same errors.
func Flag(c *gin.Context, name string) (value, present bool, err error) {
	body, err := wire.ReadBody(c)
	if err != nil {
		return false, false, err
	}
	return body.Bool(name)
}

// ReadCredentials returns the fields username and password of a login, both required. It reads
// the body as [Field] does and returns the same errors, which an Authenticator may return
// unchanged. It does not look the user up.
func ReadCredentials(c *gin.Context) (username, password string, err error) {
	body, err := wire.ReadBody(c)
	if err != nil {
		return "", "", err
	}
	username, hasName, err := body.String("username")
	if err != nil {
		return "", "", err
	}
	password, hasPassword, err := body.String("password")
	if err != nil {
		return "", "", err
	}
	if !hasName || !hasPassword {
		return "", "", refuse(ErrInvalidRequest, errNoCredentials)
	}
	return username, password, nil
}
