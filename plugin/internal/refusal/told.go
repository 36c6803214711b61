package refusal

import (
	"errors"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// FromApplication puts an error that a hook of the application returned into a class, as [Wrap]
// does. [Told] gives it back as it was.
func FromApplication(as, err error) error {
	return &wrapped{class: Of(as), cause: err, theirs: true}
}

// Told returns the error that gin-jwt's hook HTTPStatusMessageFunc gets for a refusal. It is written
// to be compared with ==, and gin-jwt's own version answers with its text. So it is the
// application's error as the application made it; or else gin-jwt's error of the same meaning; or
// else the row, whose text says no more than the reply. About a request without a token gin-jwt said
// what it had last looked for: cookieLast means that the last source in TokenLookup is a cookie.
func Told(err error, cookieLast bool) error {
	if theirs := ofApplication(err); theirs != nil {
		return theirs
	}
	row := Of(err)
	switch {
	case row == TokenMissing && cookieLast:
		return jwt.ErrEmptyCookieToken
	case errors.Is(err, jwt.ErrMissingAuthenticatorFunc):
		return jwt.ErrMissingAuthenticatorFunc
	case row.same != nil && row != InvalidGrantOAuth:
		return row.same
	}
	return row
}

// ofApplication returns the error that the application made, nil if this package made it. An error
// of this package that the application has wrapped would show its cause with the text.
func ofApplication(err error) error {
	switch e := err.(type) { //nolint:errorlint // the outermost error is asked for, not the chain
	case *Class:
		return nil
	case *wrapped:
		if !e.theirs {
			return nil
		}
		return ofApplication(e.cause)
	}
	var inside *wrapped
	if errors.As(err, &inside) && !inside.theirs {
		return nil
	}
	return err
}
