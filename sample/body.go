package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// body is a request body: one JSON object or one urlencoded form. Unknown names are ignored.
type body struct {
	json map[string]json.RawMessage
	form url.Values
}

// readBody reads at most [ginauth.MaxBody] bytes. An empty body of any content type is an
// empty body. The request's body can be read again afterwards.
func readBody(c *gin.Context) (body, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, ginauth.MaxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return body{}, fmt.Errorf("%w: %w", ginauth.ErrTooLarge, err)
	}
	if err != nil {
		return body{}, invalid("body cannot be read")
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(raw))
	if len(raw) == 0 {
		return body{}, nil
	}
	if coding := c.GetHeader("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return body{}, invalid("compressed bodies are not read")
	}
	kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	switch kind {
	case "application/json":
		members, err := parseObject(raw)
		return body{json: members}, err
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return body{}, invalid("form cannot be read") // err quotes the body, which may hold a secret
		}
		return body{form: form}, nil
	}
	return body{}, invalid("content type is neither JSON nor a form")
}

// parseObject differs from json.Unmarshal in that two members of one name are an error.
func parseObject(raw []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !utf8.Valid(raw) {
		return nil, invalid("body is not a JSON object")
	}
	members := make(map[string]json.RawMessage)
	for decoder.More() {
		token, _ := decoder.Token()
		name, _ := token.(string)
		var value json.RawMessage
		if _, twice := members[name]; twice || decoder.Decode(&value) != nil {
			return nil, invalid("a JSON member is malformed or occurs twice")
		}
		members[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, invalid("JSON object does not end")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, invalid("JSON object is followed by more data")
	}
	return members, nil
}

func invalid(reason string) error {
	return fmt.Errorf("%w: %s", ginauth.ErrInvalidRequest, reason)
}

// text is "" for a field that is absent or null.
func (b body) text(name string) (string, error) {
	if raw, ok := b.json[name]; ok {
		var s *string
		if json.Unmarshal(raw, &s) != nil {
			return "", invalid(name + " must be text")
		}
		if s == nil {
			return "", nil
		}
		return *s, nil
	}
	values := b.form[name]
	for _, v := range values {
		if v != values[0] {
			return "", invalid(name + " has two values")
		}
	}
	return b.form.Get(name), nil
}

// flag is nil for a field that is absent or null.
func (b body) flag(name string) (*bool, error) {
	var value *bool
	if raw, ok := b.json[name]; ok {
		if json.Unmarshal(raw, &value) != nil {
			return nil, invalid(name + " must be true or false")
		}
		return value, nil
	}
	switch word, err := b.text(name); {
	case err != nil || word == "":
		return nil, err
	case word == "true" || word == "false":
		value = new(word == "true")
		return value, nil
	}
	return nil, invalid(name + " must be true or false")
}
