package token

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SubjectText returns the text of an identity: what a token shows of it. That is a JSON string, or
// a JSON number without fraction and exponent, whatever Go type writes it, since gin-jwt's handlers
// and clients know it so. For a value that JSON writes in another way, such as a struct, it is the
// text of its String method, and plain is false. text is "" for a value without a text, for nil and
// for what is not valid UTF-8, which JSON would change without a word.
func SubjectText(v any) (text string, plain bool) {
	if text, plain, known := ownText(v); known {
		return text, plain
	}
	written, err := json.Marshal(v)
	if err != nil {
		return "", false
	}
	switch {
	case bytes.Equal(written, []byte("null")):
		return "", true
	case written[0] == '"':
		_ = json.Unmarshal(written, &text) // what Marshal wrote
		if strings.ContainsRune(text, utf8.RuneError) {
			text = "" // a MarshalJSON that writes what is no text
		}
		return text, true
	case !bytes.ContainsAny(written, "{[.eEtf"):
		return string(written), true
	}
	if named, ok := v.(fmt.Stringer); ok {
		return valid(named.String()), false
	}
	return "", false
}

// ownText is SubjectText for the values whose text JSON would not write faithfully: it replaces bytes
// that are not valid UTF-8, and two users would become one.
func ownText(v any) (text string, plain, known bool) {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return "", true, true
	}
	if _, own := v.(json.Marshaler); own {
		return "", false, false
	}
	if marshaler, ok := v.(encoding.TextMarshaler); ok {
		raw, err := marshaler.MarshalText()
		if err != nil {
			return "", false, true
		}
		return valid(string(raw)), true, true
	}
	if r := reflect.Indirect(reflect.ValueOf(v)); r.Kind() == reflect.String {
		if _, number := v.(json.Number); !number || r.Len() == 0 { // JSON writes an empty one as 0
			return valid(r.String()), true, true
		}
	}
	return "", false, false
}

func valid(text string) string {
	if !utf8.ValidString(text) {
		return ""
	}
	return text
}

// claimText is SubjectText for a value that was decoded from JSON. A number that JSON may have
// rounded is not an identity.
func claimText(v any) string {
	const exact = 1 << 53
	switch v := v.(type) {
	case string:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < exact {
			return strconv.FormatInt(int64(v), 10)
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return strconv.FormatInt(n, 10)
		}
	}
	return ""
}
