package ginauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	jwt "github.com/appleboy/gin-jwt/v2"

	"github.com/ginauth/ginauth/plugin/internal/token"
	"github.com/ginauth/ginauth/plugin/session"
)

var (
	errNoSubject  = errors.New("Authenticator's data names no subject of 1 to 255 bytes of valid UTF-8; set Config.Subject") //nolint:staticcheck // names a field
	errIdentity   = errors.New("the claim of JWT.IdentityKey is not valid UTF-8")
	errKeptClaims = errors.New("the session's claims are unreadable; was Reload set at its login?")
)

// identify turns the Authenticator's or Reload's data into claims and the subject.
func (c Config) identify(data any) (jwt.MapClaims, string, error) {
	claims := jwt.MapClaims{}
	named := data
	if c.JWT.PayloadFunc != nil {
		for name, value := range c.JWT.PayloadFunc(data) {
			claims[name] = value
		}
		named = claims[c.JWT.IdentityKey]
	}
	subject := token.SubjectText(named)
	if c.Subject != nil {
		subject = c.Subject(data)
	}
	if !session.ValidSubject(subject) {
		return nil, "", refuse(ErrInternal, errNoSubject)
	}
	switch identity := claims[c.JWT.IdentityKey].(type) {
	case nil:
		claims[c.JWT.IdentityKey] = subject
	case fmt.Stringer: // which JSON might write in another way
		claims[c.JWT.IdentityKey] = identity.String()
	default: // a string, or a type made of one
		if v := reflect.ValueOf(identity); v.Kind() == reflect.String && !utf8.ValidString(v.String()) {
			return nil, "", refuse(ErrInternal, errIdentity)
		}
	}
	return claims, subject, nil
}

// loginUser is the user of a login, with the claims of the first access token and those that the
// session keeps for the next ones.
type loginUser struct {
	subject string
	claims  jwt.MapClaims
	kept    []byte
}

func (c Config) userOf(data any) (loginUser, error) {
	claims, subject, err := c.identify(data)
	if err != nil {
		return loginUser{}, err
	}
	kept, err := c.keepClaims(claims)
	return loginUser{subject, claims, kept}, err
}

// keepClaims returns the claims that the session must keep for refreshes: PayloadFunc's
// claims, or nothing if Reload reads the user again. They are bounded, since no token that the
// session could ever have may be longer.
func (c Config) keepClaims(claims jwt.MapClaims) ([]byte, error) {
	if c.Reload != nil {
		return nil, nil
	}
	kept, err := json.Marshal(claims)
	if err != nil {
		return nil, refuse(ErrInternal, err)
	}
	if len(kept) > MaxToken {
		return nil, refuse(ErrInternal, fmt.Errorf("claims of %d bytes, longer than the longest access token", len(kept)))
	}
	return kept, nil
}

// keptClaims decodes the claims that a login has kept. Numbers stay as they were written, so
// that a 64-bit id comes back digit for digit.
func keptClaims(kept []byte) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	decoder := json.NewDecoder(bytes.NewReader(kept))
	decoder.UseNumber()
	if err := decoder.Decode(&claims); err != nil {
		return nil, refuse(ErrInternal, errKeptClaims)
	}
	return claims, nil
}
