package ginauth_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
)

// These attacks assume that the attacker cannot sign. They target the algorithm, the key and
// the spelling of a token.

func TestAttackNoneAndFriends(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){"HS256": func(*ginauth.Config) {}, "RS256": useRSA} {
		app := authtest.New(t, change)
		access := app.Login("user1").AccessToken
		payload := strings.Split(access, ".")[1]
		genuine := strings.Split(access, ".")[2]
		for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "HS257", "null", "ES256", "EdDSA", "PS256", "HS1"} {
			for _, signature := range []string{"", genuine, "AA", genuine[:len(genuine)-4]} {
				t.Run(name+"/"+alg+"/"+signature, func(t *testing.T) {
					token := authtest.Segment(`{"alg":"`+alg+`","typ":"at+jwt"}`) + "." + payload + "." + signature
					wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_invalid")
				})
			}
		}
	}
}

func TestAttackOneKeyTakenForAnother(t *testing.T) {
	hs, rs := authtest.New(t), authtest.New(t, useRSA)
	hsClaims := authtest.Claims(t, hs.Login("user1").AccessToken)
	rsLogin := rs.Login("user1").AccessToken
	rsClaims, rsKid := authtest.Claims(t, rsLogin), authtest.HeaderOf(t, rsLogin)["kid"]
	public := rsaOurs().public
	for _, row := range []struct {
		name   string
		app    *authtest.App
		method jwtv4.SigningMethod
		key    any
		header map[string]any
		claims jwtv4.MapClaims
	}{
		{"HS256 keyed by the public PEM", rs, jwtv4.SigningMethodHS256, public, nil, rsClaims},
		{"the same under the RSA key's kid", rs, jwtv4.SigningMethodHS256, public, map[string]any{"kid": rsKid}, rsClaims},
		{"the PEM without its last line end", rs, jwtv4.SigningMethodHS256, bytes.TrimSpace(public), map[string]any{"kid": rsKid}, rsClaims},
		{"HS512 keyed by the public PEM", rs, jwtv4.SigningMethodHS512, public, nil, rsClaims},
		{"empty HMAC key", hs, jwtv4.SigningMethodHS256, []byte{}, nil, hsClaims},
		{"an attacker's HMAC key", hs, jwtv4.SigningMethodHS256, []byte("attacker"), nil, hsClaims},
		{"our HMAC key, cut", hs, jwtv4.SigningMethodHS256, []byte(authtest.Secret[:32]), nil, hsClaims},
		{"RS256 at an HS256 service", hs, jwtv4.SigningMethodRS256, rsaTheirs().key, nil, hsClaims},
		{"an attacker's RSA key", rs, jwtv4.SigningMethodRS256, rsaTheirs().key, nil, rsClaims},
		{"an attacker's RSA key under our kid", rs, jwtv4.SigningMethodRS256, rsaTheirs().key, map[string]any{"kid": rsKid}, rsClaims},
		{"PS256 with our own key", rs, jwtv4.SigningMethodPS256, rsaOurs().key, map[string]any{"kid": rsKid}, rsClaims},
		{"alg says RS256, signed with HMAC", rs, jwtv4.SigningMethodHS256, public, map[string]any{"alg": "RS256"}, rsClaims},
	} {
		t.Run(row.name, func(t *testing.T) {
			forged := authtest.Sign(t, row.method, row.key, row.header, row.claims)
			wantRefusal(t, row.app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
		})
	}
}

// A key in the header, or a reference to one, is ignored.
func TestAttackKeysInTheHeader(t *testing.T) {
	rs := authtest.New(t, useRSA)
	claims := authtest.Claims(t, rs.Login("user1").AccessToken)
	theirs := mustKey(keys.ParsePEM(rsaTheirs().public, ""))
	for name, header := range map[string]map[string]any{
		"jwk": {"jwk": map[string]any{"kty": "RSA", "e": "AQAB", "n": "AQ", "kid": theirs.ID()}, "kid": theirs.ID()},
		"jku": {"jku": "http://127.0.0.1:1/jwks.json", "kid": theirs.ID()},
		"x5u": {"x5u": "http://127.0.0.1:1/x.pem"}, "x5c": {"x5c": []string{"MIIB"}}, "kid of theirs": {"kid": theirs.ID()},
	} {
		t.Run(name, func(t *testing.T) {
			forged := authtest.Sign(t, jwtv4.SigningMethodRS256, rsaTheirs().key, header, claims)
			wantRefusal(t, rs.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
		})
	}
}

func TestAttackSwappedParts(t *testing.T) {
	app := authtest.New(t)
	one := strings.Split(app.Login("user1").AccessToken, ".")
	two := strings.Split(app.Login("admin").AccessToken, ".")
	for name, token := range map[string]string{
		"payload of another":   one[0] + "." + two[1] + "." + one[2],
		"signature of another": one[0] + "." + one[1] + "." + two[2],
		"no signature":         one[0] + "." + one[1] + ".",
		"two parts":            one[0] + "." + one[1],
		"four parts":           strings.Join(one, ".") + "." + one[2],
		"a JWE's five parts":   strings.Join(one, ".") + ".AA.AA",
		"parts reordered":      one[1] + "." + one[0] + "." + one[2],
		"empty header":         "." + one[1] + "." + one[2],
		"empty payload":        one[0] + ".." + one[2],
		"dots alone":           "..",
		"JSON serialization":   `{"payload":"` + one[1] + `","protected":"` + one[0] + `","signature":"` + one[2] + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, app.Get("/protected", token), http.StatusUnauthorized, "token_invalid")
		})
	}
	wantStatus(t, app.Get("/protected", strings.Join(one, ".")), http.StatusOK)
}

// Every character of a token counts. Every alternative last character of each part, and one
// flipped character at every position, is refused.
func TestAttackMalleableBase64(t *testing.T) {
	app := authtest.New(t)
	access := app.Login("user1").AccessToken
	parts := strings.Split(access, ".")
	for i, part := range parts {
		others := otherLastCharacters(part)
		if len(part)%4 != 0 && len(others) == 0 {
			t.Fatalf("part %d has no other spelling", i)
		}
		for _, other := range others {
			changed := append([]string(nil), parts...)
			changed[i] = other
			wantRefusal(t, app.Get("/protected", strings.Join(changed, ".")), http.StatusUnauthorized, "token_invalid")
		}
	}
	for i := range access {
		if access[i] == '.' {
			continue
		}
		flipped := []byte(access)
		if flipped[i] = 'A'; access[i] == 'A' {
			flipped[i] = 'B'
		}
		if reply := app.Get("/protected", string(flipped)); reply.Word() != "token_invalid" {
			t.Fatalf("character %d: %d %s", i, reply.Status, reply)
		}
	}
}

// Payloads of three consecutive lengths: some of them leave spare bits in the base64, which an
// attacker could change.
func TestAttackMalleablePayloadsOfEveryLength(t *testing.T) {
	app := authtest.New(t)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	tried := 0
	for pad := range 3 {
		token := signed(t, plainHeader, payloadWith(t, claims, "pad", `"`+strings.Repeat("x", pad)+`"`))
		wantStatus(t, app.Get("/protected", token), http.StatusOK)
		parts := strings.Split(token, ".")
		for _, other := range otherLastCharacters(parts[1]) {
			// The token is signed in this spelling, so only strict decoding can refuse it.
			text := parts[0] + "." + other
			signature, err := jwtv4.SigningMethodHS256.Sign(text, []byte(authtest.Secret))
			if err != nil {
				t.Fatal(err)
			}
			tried++
			wantRefusal(t, app.Get("/protected", text+"."+signature), http.StatusUnauthorized, "token_invalid")
		}
	}
	if tried != 15+3 {
		t.Errorf("%d spellings tried, want 18", tried)
	}
}

func TestAttackPaddingAndLineEnds(t *testing.T) {
	app := authtest.New(t)
	access := app.Login("user1").AccessToken
	parts := strings.Split(access, ".")
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(access)
	spellings := []string{
		access + "=", access + "==", parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "==." + parts[2],
		access + "\n", access + "\r\n", "\n" + access, parts[0] + "\n." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "\r." + parts[2],
		access[:20] + "\n" + access[20:], access + "\x00", access + " x", access + ".", access + "#", access + "%0A", "\ufeff" + access, access + "é",
	}
	if standard != access {
		spellings = append(spellings, standard)
	}
	for _, spelling := range spellings {
		wantRefusal(t, app.Get("/protected", spelling), http.StatusUnauthorized, "token_invalid")
		wantRefusal(t, app.Get("/hello", spelling), http.StatusUnauthorized, "token_invalid")
	}
}
