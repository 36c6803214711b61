package authtest

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	jwtv4 "github.com/golang-jwt/jwt/v4"
)

// Sign returns a token with the given header, claims, method and key, valid or not. alg is the
// method's, unless header sets another.
func Sign(tb testing.TB, method jwtv4.SigningMethod, key any, header map[string]any, claims jwtv4.MapClaims) string {
	tb.Helper()
	token := jwtv4.NewWithClaims(method, claims)
	maps.Copy(token.Header, header)
	signed, err := token.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// SignRaw is like [Sign] for a header and a payload given as raw text.
func SignRaw(tb testing.TB, method jwtv4.SigningMethod, key any, header, payload string) string {
	tb.Helper()
	text := Segment(header) + "." + Segment(payload)
	signature, err := method.Sign(text, key)
	if err != nil {
		tb.Fatal(err)
	}
	return text + "." + signature
}

// Segment encodes s as base64url without padding.
func Segment(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// Claims returns a token's claims without verifying it.
func Claims(tb testing.TB, token string) jwtv4.MapClaims {
	tb.Helper()
	claims := jwtv4.MapClaims{}
	decodePart(tb, token, 1, &claims)
	return claims
}

// HeaderOf returns a token's header without verifying it.
func HeaderOf(tb testing.TB, token string) map[string]any {
	tb.Helper()
	var header map[string]any
	decodePart(tb, token, 0, &header)
	return header
}

func decodePart(tb testing.TB, token string, part int, into any) {
	tb.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		tb.Fatalf("the token has %d parts, want 3", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
