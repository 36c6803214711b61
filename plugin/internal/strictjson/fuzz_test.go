package strictjson_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ginauth/ginauth/plugin/internal/strictjson"
)

// FuzzCheck compares the scanner with encoding/json. A document that Check accepts is valid
// JSON without duplicate names. A document that Check refuses has a fault that encoding/json
// sees too.
func FuzzCheck(f *testing.F) {
	for _, in := range strict {
		f.Add([]byte(in))
	}
	for _, in := range notStrict {
		f.Add([]byte(in))
	}
	f.Add([]byte(header))
	f.Add([]byte(payload))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := strictjson.Check(data)
		if want, sure := reference(data); (err == nil) != want && (sure || err == nil) {
			t.Fatalf("Check(%q) = %v, encoding/json says %v", data, err, want)
		}
		got, objectErr := strictjson.Object(data)
		if (objectErr == nil) != (err == nil) {
			t.Fatalf("%q: Check says %v, Object says %v", data, err, objectErr)
		}
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		if !same(got, want) {
			t.Fatalf("Object(%q) = %q, want %q", data, got, want)
		}
	})
}

// FuzzDecode compares Decode with Check followed by json.Unmarshal.
func FuzzDecode(f *testing.F) {
	for _, in := range strict {
		f.Add([]byte(in), false)
		f.Add([]byte(in), true)
	}
	f.Add([]byte(payload), false)
	f.Add([]byte(`{"exp":1e400}`), false)
	f.Add([]byte(`{"exp":1e400,"a":[1e400]}`), true)
	f.Add([]byte(`{"a":[1,{"b":-0.0}],"c":"\u00e9"}`), true)
	f.Fuzz(func(t *testing.T, data []byte, numbers bool) {
		got, err := strictjson.Decode(data, numbers)
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(data))
		if numbers {
			decoder.UseNumber()
		}
		decodeErr := decoder.Decode(&want)
		if ok := strictjson.Check(data) == nil && decodeErr == nil; ok != (err == nil) {
			t.Fatalf("Decode(%q) = %v, Check and encoding/json say %v", data, err, ok)
		}
		if err == nil && !reflect.DeepEqual(got, want) {
			t.Fatalf("Decode(%q) = %#v, want %#v", data, got, want)
		}
	})
}

// reference judges with encoding/json alone. It cannot tell half a surrogate pair from a
// literal U+FFFD, and reports sure as false in that case.
func reference(data []byte) (ok, sure bool) {
	if !json.Valid(data) || !utf8.Valid(data) || !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return false, true
	}
	w := walker{dec: json.NewDecoder(bytes.NewReader(data))}
	w.dec.UseNumber()
	w.value(0)
	if _, err := w.dec.Token(); err != io.EOF {
		w.bad = true
	}
	explicit := strings.Contains(strings.ToLower(string(data)), `\ufffd`) || bytes.ContainsRune(data, utf8.RuneError)
	if w.replaced && !explicit {
		return false, true
	}
	return !w.bad, !w.replaced
}

type walker struct {
	dec           *json.Decoder
	bad, replaced bool
}

func (w *walker) value(depth int) {
	token, err := w.dec.Token()
	if err != nil {
		w.bad = true
		return
	}
	switch token := token.(type) {
	case string:
		w.text(token)
	case json.Delim:
		w.bad = w.bad || depth+1 > strictjson.MaxDepth
		seen := make(map[string]bool)
		for w.dec.More() {
			if token == '{' {
				name, _ := w.dec.Token()
				text, isText := name.(string)
				w.bad = w.bad || !isText || seen[text]
				seen[text] = true
				w.text(text)
			}
			w.value(depth + 1)
		}
		_, err := w.dec.Token()
		w.bad = w.bad || err != nil
	}
}

func (w *walker) text(s string) { w.replaced = w.replaced || strings.ContainsRune(s, utf8.RuneError) }

func same(a, b map[string]json.RawMessage) bool {
	return maps.EqualFunc(a, b, func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })
}
