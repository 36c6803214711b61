package ginauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/strictjson"
)

// MaxBody is the largest body, in bytes, that ReadBody and the handlers of this
// package read. A larger one is ErrTooLarge.
const MaxBody = 64 << 10

// Body is a small request body: one JSON object or one urlencoded form, read
// strictly. The zero Body is an empty one.
type Body struct {
	json map[string]json.RawMessage
	form url.Values
}

var (
	errContentType   = errors.New("content type is neither JSON nor a form")
	errContentCoding = errors.New("content coding is not read")
	errFieldType     = errors.New("field has the wrong type")
	errTwoValues     = errors.New("field has two values")
)

// ReadBody reads the request's body: application/json holding one object without
// duplicate members, or application/x-www-form-urlencoded. An empty body is an empty
// Body, whatever its type. Compressed bodies are not read. Names are matched exactly; unknown ones are ignored. The
// body can be read again afterwards, by ReadBody or by gin's binding.
//
// Errors: ErrInvalidRequest, ErrTooLarge.
func ReadBody(c *gin.Context) (Body, error) {
	raw, err := bufferBody(c)
	if err != nil || len(raw) == 0 {
		return Body{}, err
	}
	if coding := c.GetHeader("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Body{}, refuse(ErrInvalidRequest, errContentCoding)
	}
	kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	switch kind {
	case "application/json":
		members, err := strictjson.Object(raw)
		if err != nil {
			return Body{}, refuse(ErrInvalidRequest, err)
		}
		return Body{json: members}, nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			// The parser's error quotes the body, which may hold a password.
			return Body{}, refuse(ErrInvalidRequest, errors.New("unreadable form"))
		}
		return Body{form: form}, nil
	}
	return Body{}, refuse(ErrInvalidRequest, errContentType)
}

// bufferBody reads the body, within MaxBody, and puts it back for the next reader.
func bufferBody(c *gin.Context) ([]byte, error) {
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return nil, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(ErrTooLarge, err)
	}
	if err != nil {
		return nil, refuse(ErrInvalidRequest, err)
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(raw))
	return raw, nil
}

// String is a text field, and whether it is there and not empty: null and "" are
// nothing. Another JSON type, or two different values of a form field, is ErrInvalidRequest.
func (b Body) String(name string) (value string, present bool, err error) {
	if raw, ok := b.json[name]; ok {
		var s *string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", false, refuse(ErrInvalidRequest, errFieldType)
		}
		if s == nil {
			return "", false, nil
		}
		return *s, *s != "", nil
	}
	for i, v := range b.form[name] {
		if i > 0 && v != value {
			return "", false, refuse(ErrInvalidRequest, errTwoValues)
		}
		value = v
	}
	return value, value != "", nil
}

// Bool is a truth value, and whether it is there: JSON true or false, or the words
// in a form. null is nothing; anything else is ErrInvalidRequest.
func (b Body) Bool(name string) (value, present bool, err error) {
	if raw, ok := b.json[name]; ok {
		var v *bool
		if err := json.Unmarshal(raw, &v); err != nil {
			return false, false, refuse(ErrInvalidRequest, errFieldType)
		}
		return v != nil && *v, v != nil, nil
	}
	s, present, err := b.String(name)
	if err != nil || !present {
		return false, false, err
	}
	if s != "true" && s != "false" {
		return false, false, refuse(ErrInvalidRequest, errFieldType)
	}
	return s == "true", true, nil
}

// ReadCredentials reads username and password of a login, both required, from a
// JSON or form body. Its errors (ErrInvalidRequest, ErrTooLarge) may be returned from
// an Authenticator as they are. It does not look the user up.
func ReadCredentials(c *gin.Context) (username, password string, err error) {
	body, err := ReadBody(c)
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
		return "", "", refuse(ErrInvalidRequest, errors.New("username or password missing"))
	}
	return username, password, nil
}
