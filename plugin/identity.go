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
	errIdentity   = errors.New("the claim of JWT.IdentityKey is not valid UTF-8")
	errKeptClaims = errors.New("the session's claims are unreadable; was Reload set at its login?")
)

// identify turns the Authenticator's or Reload's data into claims and the subject. The claim under
// JWT.IdentityKey tells the same: handlers read it.
func (c Config) identify(data any) (jwt.MapClaims, string, error) {
	claims := jwt.MapClaims{}
	if c.JWT.PayloadFunc != nil {
		for name, value := range c.JWT.PayloadFunc(data) {
			claims[name] = value
		}
	}
	subject, err := c.subject(data, claims)
	if err != nil {
		return nil, "", refuse(ErrInternal, err)
	}
	identity := claims[c.JWT.IdentityKey]
	switch text, plain := token.SubjectText(identity); {
	case plain && text == "" && notUTF8(identity):
		return nil, "", refuse(ErrInternal, errIdentity)
	case plain && text == "":
		claims[c.JWT.IdentityKey] = subject
	case !plain && text != "":
		claims[c.JWT.IdentityKey] = text
	}
	return claims, subject, nil
}

// subject names the user: by Config.Subject, or by the first of the claim under JWT.IdentityKey,
// the claim sub, and the data itself. The error is for the developer, at the first login. It
// tells types and no values.
func (c Config) subject(data any, claims jwt.MapClaims) (string, error) {
	if c.Subject != nil {
		name := c.Subject(data)
		return nameOf("what Config.Subject returned", name, name)
	}
	for _, name := range []string{c.JWT.IdentityKey, "sub"} {
		if value := claims[name]; !missing(value) {
			text, _ := token.SubjectText(value)
			return nameOf(fmt.Sprintf("the claim %q, which PayloadFunc sets", name), value, text)
		}
	}
	source := "the Authenticator's data"
	if c.JWT.PayloadFunc != nil {
		source += fmt.Sprintf(", since PayloadFunc sets neither %q (JWT.IdentityKey) nor \"sub\"", c.JWT.IdentityKey)
	}
	text, plain := token.SubjectText(data)
	if !plain { // the String method of a whole record is for logs: many users can have one text
		text = ""
	}
	return nameOf(source, data, text)
}

func nameOf(source string, value any, text string) (string, error) {
	if !session.ValidSubject(text) {
		return "", fmt.Errorf("the user is named by %s: a %T, and no text or whole number of 1 to %d bytes of valid UTF-8; set Config.Subject", source, value, session.MaxSubject)
	}
	return text, nil
}

func notUTF8(v any) bool {
	r := reflect.Indirect(reflect.ValueOf(v))
	return r.Kind() == reflect.String && !utf8.ValidString(r.String())
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
