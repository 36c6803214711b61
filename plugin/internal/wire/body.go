package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
	"github.com/ginauth/ginauth/plugin/internal/strictjson"
)

// MaxBody is the size limit of a body in bytes.
const MaxBody = 64 << 10

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// Body is a small request body: one JSON object or one urlencoded form, read strictly. The
// zero Body is empty.
type Body struct {
	json map[string]json.RawMessage
	form url.Values
}

var (
	errContentType   = errors.New("content type is neither JSON nor a form")
	errContentCoding = errors.New("compressed bodies are not accepted")
	errFieldType     = errors.New("field has the wrong type")
	errTwoValues     = errors.New("field has two values")
)

// mediaType returns the type and subtype of a request's body (RFC 9110 section 8.3.1). It does
// not read the parameters: none counts here, and a stranger may send a megabyte of them.
func mediaType(r *http.Request) string {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// ReadBody reads the request's body: application/json with one object without duplicate
// members, or application/x-www-form-urlencoded. An empty body is an empty Body, whatever its
// type; a compressed one is refused. Names are matched exactly, and unknown ones are ignored,
// but two that differ only in letter case are refused. The body stays readable for the next
// reader, under the plain name of its type. Errors: InvalidRequest, TooLarge.
func ReadBody(c *gin.Context) (Body, error) {
	raw, err := bufferBody(c)
	if err != nil || len(raw) == 0 {
		return Body{}, err
	}
	if coding := c.GetHeader("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return Body{}, refusal.Wrap(refusal.InvalidRequest, errContentCoding)
	}
	kind := mediaType(c.Request)
	if (kind == jsonType || kind == formType) && c.ContentType() != kind {
		// For gin's binding, application/JSON is no JSON: it would read the query instead.
		c.Request.Header.Set("Content-Type", kind)
	}
	switch kind {
	case jsonType:
		members, err := strictjson.Object(raw)
		if err != nil {
			return Body{}, refusal.Wrap(refusal.InvalidRequest, err)
		}
		return Body{json: members}, oneSpelling(members)
	case formType:
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			// The parser's error quotes the body, which may hold a password.
			return Body{}, refusal.Wrap(refusal.InvalidRequest, errors.New("unreadable form"))
		}
		return Body{form: form}, oneSpelling(form)
	}
	return Body{}, refusal.Wrap(refusal.InvalidRequest, errContentType)
}

// bufferBody reads the body, up to MaxBody, and puts it back for the next reader.
func bufferBody(c *gin.Context) ([]byte, error) {
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return nil, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refusal.Wrap(refusal.TooLarge, err)
	}
	if err != nil {
		return nil, refusal.Wrap(refusal.InvalidRequest, err)
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(raw))
	return raw, nil
}

// String returns a text field. present is false if it is absent, null or "". Another JSON
// type, or two different values of a form field, is InvalidRequest.
func (b Body) String(name string) (value string, present bool, err error) {
	if raw, ok := b.json[name]; ok {
		var s *string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", false, refusal.Wrap(refusal.InvalidRequest, errFieldType)
		}
		if s == nil {
			return "", false, nil
		}
		return *s, *s != "", nil
	}
	for i, v := range b.form[name] {
		if i > 0 && v != value {
			return "", false, refusal.Wrap(refusal.InvalidRequest, errTwoValues)
		}
		value = v
	}
	return value, value != "", nil
}

// Bool returns a truth value: JSON true or false, or these words in a form. present is false
// if it is absent or null. Anything else is InvalidRequest.
func (b Body) Bool(name string) (value, present bool, err error) {
	if raw, ok := b.json[name]; ok {
		var v *bool
		if err := json.Unmarshal(raw, &v); err != nil {
			return false, false, refusal.Wrap(refusal.InvalidRequest, errFieldType)
		}
		return v != nil && *v, v != nil, nil
	}
	s, present, err := b.String(name)
	if err != nil || !present {
		return false, false, err
	}
	if s != "true" && s != "false" {
		return false, false, refusal.Wrap(refusal.InvalidRequest, errFieldType)
	}
	return s == "true", true, nil
}
