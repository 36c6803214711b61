package strictjson_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/strictjson"
)

func nested(depth int, open, shut string) string {
	return `{"a":` + strings.Repeat(open, depth-1) + `1` + strings.Repeat(shut, depth-1) + `}`
}

func members(n int, last string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"m%d":%d,`, i, i)
	}
	return "{" + b.String() + last + "}"
}

var strict = []string{
	`{}`,
	" \t\r\n{ \"a\" : 1 , \"b\" : [ ] } \n",
	`{"alg":"HS256","typ":"at+jwt"}`,
	`{"a":null,"b":true,"c":false,"d":[1,-0,0.5,1e9,-1E-9,2e+3],"e":{"a":{"a":1}}}`,
	`{"a":{"x":1},"b":{"x":1}}`,
	`{"a":[{"x":1},{"x":1}]}`,
	`{"sub":1,"Sub":2,"SUB":3}`, // three different names
	`{"":1}`,
	`{"a":"\"\\\/\b\f\n\r\t\u00e9é\ud83d\ude00\uD83D\uDE00"}`,
	`{"a":"\u0000"}`,
	"{\"a\":\"\u007f\u2028\ufffd\"}",
	`{"a":"\ufffd"}`,
	nested(strictjson.MaxDepth, `{"a":`, `}`),
	nested(strictjson.MaxDepth, `[`, `]`),
	members(100, `"m100":1`),
}

var notStrict = map[string]string{
	"nothing":                       ``,
	"white space alone":             ` `,
	"null":                          `null`,
	"list":                          `[{"a":1}]`,
	"string":                        `"{}"`,
	"number":                        `1`,
	"byte order mark":               "\ufeff{}",
	"second value":                  `{}{}`,
	"junk behind":                   `{"a":1} x`,
	"NUL behind":                    "{}\x00",
	"NUL inside":                    "{\x00}",
	"cut":                           `{"a":1`,
	"cut name":                      `{"a`,
	"cut escape":                    `{"a":"\`,
	"cut unicode escape":            `{"a":"\u00`,
	"no value":                      `{"a":}`,
	"no colon":                      `{"a" 1}`,
	"no name":                       `{:1}`,
	"name without quotes":           `{a:1}`,
	"single quotes":                 `{'a':1}`,
	"comma at the end":              `{"a":1,}`,
	"comma at the start":            `{,"a":1}`,
	"two commas":                    `{"a":1,,"b":1}`,
	"comma at the end of a list":    `{"a":[1,]}`,
	"no comma in a list":            `{"a":[1 2]}`,
	"brackets crossed":              `{"a":[1}]`,
	"comment":                       `{"a":1/**/}`,
	"literal in capitals":           `{"a":True}`,
	"literal cut":                   `{"a":tru}`,
	"literal with a tail":           `{"a":nullx}`,
	"NaN":                           `{"a":NaN}`,
	"Infinity":                      `{"a":-Infinity}`,
	"number with a leading zero":    `{"a":01}`,
	"number with a plus":            `{"a":+1}`,
	"number without a whole part":   `{"a":.5}`,
	"number without a fraction":     `{"a":1.}`,
	"number without an exponent":    `{"a":1e}`,
	"minus alone":                   `{"a":-}`,
	"hexadecimal number":            `{"a":0x10}`,
	"form feed as white space":      "{\f}",
	"no-break space":                "{\u00a0}",
	"control character in a string": "{\"a\":\"\n\"}",
	"control character in a name":   "{\"a\x01\":1}",
	"unknown escape":                `{"a":"\x41"}`,
	"escape without digits":         `{"a":"\u00g0"}`,
	"first half of a pair alone":    `{"a":"\ud83d"}`,
	"second half alone":             `{"a":"\ude00"}`,
	"halves in the wrong order":     `{"a":"\ude00\ud83d"}`,
	"half and a letter":             `{"a":"\ud83dA"}`,
	"half and another escape":       `{"a":"\ud83d\n"}`,
	"half and an ordinary escape":   `{"a":"\ud83d\u0041"}`,
	"two first halves":              `{"a":"\ud83d\ud83d"}`,
	"half in a name":                `{"\ud83d":1}`,
	"broken UTF-8":                  "{\"a\":\"\xff\"}",
	"broken UTF-8 in a name":        "{\"\xc3\":1}",
	"surrogate in UTF-8":            "{\"a\":\"\xed\xa0\x80\"}",
	"overlong UTF-8":                "{\"a\":\"\xc0\xaf\"}",
	"duplicate":                     `{"a":1,"a":1}`,
	"duplicate apart":               `{"a":1,"b":2,"a":3}`,
	"duplicate empty name":          `{"":1,"":2}`,
	"duplicate by an escape":        `{"sub":1,"\u0073ub":2}`,
	"duplicate by another escape":   `{"\/":1,"/":2}`,
	"duplicate by two cases of hex": `{"\u00e9":1,"\u00E9":2}`,
	"duplicate by a pair":           `{"😀":1,"\ud83d\ude00":2}`,
	"duplicate inside an object":    `{"a":{"b":1,"b":2}}`,
	"duplicate inside a list":       `{"a":[0,{"b":1,"b":2}]}`,
	"duplicate of the first of 100": members(100, `"m0":1`),
	"duplicate of the last of 100":  members(100, `"m99":1`),
	"duplicate of the 17th":         members(17, `"m16":1`),
	"duplicate escaped, of many":    members(100, `"\u006d42":1`),
	"objects too deep":              nested(strictjson.MaxDepth+1, `{"a":`, `}`),
	"lists too deep":                nested(strictjson.MaxDepth+1, `[`, `]`),
	"a hundred thousand brackets":   `{"a":` + strings.Repeat("[", 100_000),
}

func TestStrictObjectsPass(t *testing.T) {
	for _, in := range strict {
		if err := strictjson.Check([]byte(in)); err != nil {
			t.Errorf("Check(%q) = %v", in, err)
		}
		got, err := strictjson.Object([]byte(in))
		if err != nil {
			t.Errorf("Object(%q) = %v", in, err)
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(in), &want); err != nil {
			t.Fatalf("bad test: %v", err)
		}
		if !same(got, want) {
			t.Errorf("Object(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAnythingElseIsRefused(t *testing.T) {
	for name, in := range notStrict {
		t.Run(name, func(t *testing.T) {
			if err := strictjson.Check([]byte(in)); !errors.Is(err, strictjson.ErrNotStrict) {
				t.Errorf("Check = %v", err)
			}
			if m, err := strictjson.Object([]byte(in)); !errors.Is(err, strictjson.ErrNotStrict) || m != nil {
				t.Errorf("Object = %v, %v", m, err)
			}
		})
	}
}

func TestObjectKeepsExactNamesAndRawValues(t *testing.T) {
	got, err := strictjson.Object([]byte(` { "Sub" : { "a" : 1 } , "\u0073ub" : "\u0041" } `))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]json.RawMessage{"Sub": json.RawMessage(`{ "a" : 1 }`), "sub": json.RawMessage(`"\u0041"`)}
	if !same(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendingToAValueDoesNotReachTheNext(t *testing.T) {
	data := []byte(`{"a":1,"b":2}`)
	got, err := strictjson.Object(data)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got["a"], "XXXX"...)
	if string(data) != `{"a":1,"b":2}` {
		t.Errorf("data is now %s", data)
	}
}

func TestCheckingATokenDoesNotAllocate(t *testing.T) {
	data := []byte(payload)
	if n := testing.AllocsPerRun(100, func() { _ = strictjson.Check(data) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

const (
	header  = `{"alg":"HS256","kid":"0123456789abcdef","typ":"at+jwt"}`
	payload = `{"aud":["ginauth-sample"],"auth_time":1700000000,"exp":1700000900,"gen":1,` +
		`"iat":1700000000,"identity":"user1","iss":"ginauth-sample","jti":"AAAAAAAAAAAAAAAAAAAAAA",` +
		`"nbf":1700000000,"roles":["admin","editor"],"sid":"AAAAAAAAAAAAAAAAAAAAAA","sub":"user1","token_use":"access"}`
)

func BenchmarkCheck(b *testing.B) {
	for name, in := range map[string]string{
		"header":           header,
		"payload":          payload,
		"thousand members": members(1000, `"z":1`),
	} {
		b.Run(name, func(b *testing.B) {
			data := []byte(in)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := strictjson.Check(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
