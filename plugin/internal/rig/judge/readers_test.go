package judge_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// Texts that readers of JSON disagree about, well signed. What ginauth accepts, go-jose reads
// the same: so no other service takes the token for somebody else's.
func TestWhatIsAcceptedIsReadAlike(t *testing.T) {
	a := accuse(t, jose.HS256)
	good, err := json.Marshal(a.claims)
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf(`{"alg":"HS256","typ":%q,"kid":%q}`, a.header["typ"], a.header["kid"])
	accepted := 0
	for _, row := range oddTexts(header, string(good)) {
		token := signText(row[0], row[1])
		reply := a.Get("/protected", token)
		if reply.Status != http.StatusOK {
			continue
		}
		accepted++
		claims, err := a.judged(token)
		if err != nil {
			t.Errorf("accepted, but go-jose says %v: %s %s", err, row[0], row[1])
			continue
		}
		if subject := reply.Members()["identity"]; subject != claims["sub"] {
			t.Errorf("%v here and %v for go-jose: %s %s", subject, claims["sub"], row[0], row[1])
		}
	}
	// The plain text, spaces, escapes, and four unknown members: x, SUB, Sub and ALG.
	if want := 7; accepted != want {
		t.Errorf("%d texts were accepted, want %d", accepted, want)
	}
}

// oddTexts returns headers and payloads in the spellings that have fooled parsers.
func oddTexts(header, payload string) [][2]string {
	in := func(text, member string) string { return strings.Replace(text, "{", "{"+member+",", 1) }
	after := func(text, member string) string { return strings.TrimSuffix(text, "}") + "," + member + "}" }
	rows := [][2]string{
		{header, payload},
		{" " + header + "\n", "\t" + payload + " "},
		{strings.Replace(header, "alg", `\u0061lg`, 1), strings.Replace(payload, `"sub"`, `"\u0073ub"`, 1)},
		{in(header, `"x":1`), in(payload, `"x":{"sub":"admin"}`)},
	}
	for _, odd := range []string{
		in(payload, `"sub":"admin"`), after(payload, `"sub":"admin"`), after(payload, `"SUB":"admin"`), in(payload, `"Sub":"admin"`),
		after(payload, `"\u0073ub":"admin"`), payload + payload, payload + "x", payload + `{"sub":"admin"}`, "[" + payload + "]", "\ufeff" + payload,
		strings.Replace(payload, `"sub":"user1"`, `"sub":"user1\u0000"`, 1), strings.Replace(payload, `"sub":"user1"`, `"sub":"\ud800"`, 1), strings.Replace(payload, `"sub":"user1"`, "\"sub\":\"\xff\"", 1),
		payload[:len(payload)-1], "", "null", "1", `"` + payload + `"`, after(payload, `"x":NaN`), after(payload, `"x":01`), after(payload, `"x":1,`), payload + "//",
	} {
		rows = append(rows, [2]string{header, odd})
	}
	for _, odd := range []string{
		in(header, `"alg":"none"`), after(header, `"alg":"none"`), after(header, `"ALG":"none"`), after(header, `"crit":null`), after(header, `"b64":false,"crit":["b64"]`),
		header + header, header + "x", "[" + header + "]", "\ufeff" + header, header[:len(header)-1], "", "null", strings.Replace(header, `"HS256"`, `["HS256"]`, 1),
	} {
		rows = append(rows, [2]string{odd, payload})
	}
	return rows
}

// signText signs any two texts with the application's secret.
func signText(header, payload string) string {
	text := authtest.Segment(header) + "." + authtest.Segment(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
