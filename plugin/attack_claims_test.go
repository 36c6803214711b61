package ginauth_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// These attacks assume that the attacker can sign with the application's key, or has another
// service that does: every token here has a valid signature.

const plainHeader = `{"alg":"HS256","typ":"at+jwt"}`

// signed signs header and payload with the App's own secret.
func signed(t *testing.T, header, payload string) string {
	t.Helper()
	return authtest.SignRaw(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), header, payload)
}

// payloadWith encodes claims with one of them replaced by raw JSON. "" removes the claim.
func payloadWith(t *testing.T, claims jwtv4.MapClaims, name, raw string) string {
	t.Helper()
	out := map[string]any(with(claims, map[string]any{name: nil}))
	if raw != "" {
		out[name] = json.RawMessage(raw)
	}
	payload, err := json.Marshal(out)
	if err != nil {
		t.Fatalf("%s: %s: %v", name, raw, err)
	}
	return string(payload)
}

func TestAttackTypesAndValuesOfClaims(t *testing.T) {
	app := authtest.New(t)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	now := app.Clock.Now().Unix()
	rows := map[string][]string{
		// for each claim the raw values that are refused; "" means that the claim is missing
		"exp":       {"", "null", `"` + fmt.Sprint(now+60) + `"`, "true", "[]", "{}", "-1", "0", "1e300", "253402300800", "-1e300", "9223372036854775808"},
		"iat":       {"null", `"1"`, "true", "[1]", "-1", "-0.5", "1e300", fmt.Sprint(now + 31), fmt.Sprintf("%d.001", now+30)},
		"nbf":       {"null", `"1"`, "false", "{}", "-1", "1e20", fmt.Sprint(now + 31), fmt.Sprintf("%d.5", now+30)},
		"auth_time": {"null", `"1"`, "-1", "1e300"},
		"gen":       {"null", `"1"`, "-1", "1.5", "4294967296", "1e300", "true"},
		"sub":       {"", "null", `""`, "1", `["user1"]`, `"` + strings.Repeat("x", session.MaxSubject+1) + `"`},
		"jti":       {"", "null", `""`, "1", "{}"},
		"sid":       {"", "null", `""`, "1", `["x"]`},
		"token_use": {"", "null", `"refresh"`, `"Access"`, `"access "`, `["access"]`, "1"},
		"iss":       {"", "null", `"another"`, `"` + authtest.Issuer + `/"`, `["` + authtest.Issuer + `"]`},
		"aud":       {"", "null", `"another"`, "[]", `["another"]`, `{"` + authtest.Audience + `":1}`, "1", `[["` + authtest.Audience + `"]]`},
	}
	for name, values := range rows {
		for _, raw := range values {
			t.Run(name+"="+raw, func(t *testing.T) {
				forged := signed(t, plainHeader, payloadWith(t, claims, name, raw))
				wantRefusal(t, app.Get("/protected", forged), http.StatusUnauthorized, "token_invalid")
				wantRefusal(t, app.Do("POST", "/logout", authtest.Bearer(forged)), http.StatusUnauthorized, "token_invalid")
			})
		}
	}
	for _, good := range [][2]string{
		{"iat", ""}, {"nbf", ""}, {"gen", ""}, {"auth_time", ""}, {"iat", fmt.Sprint(now + 30)}, {"nbf", fmt.Sprint(now + 30)},
		{"exp", fmt.Sprintf("%d.5", now)}, {"exp", "253402300799"}, {"aud", `["x","` + authtest.Audience + `"]`}, {"extra", "[[[]]]"},
	} {
		t.Run("taken "+good[0]+"="+good[1], func(t *testing.T) {
			wantStatus(t, app.Get("/protected", signed(t, plainHeader, payloadWith(t, claims, good[0], good[1]))), http.StatusOK)
		})
	}
}

func TestAttackExpBoundary(t *testing.T) {
	app := authtest.New(t)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	now := app.Clock.Now().Unix()
	for raw, status := range map[string]int{
		fmt.Sprint(now - 1): 401, fmt.Sprint(now): 401, fmt.Sprintf("%d.001", now): 200, fmt.Sprint(now + 1): 200, "1": 401, "0.5": 401,
	} {
		reply := app.Get("/protected", signed(t, plainHeader, payloadWith(t, claims, "exp", raw)))
		if reply.Status != status || status == 401 && reply.Word() != "token_expired" {
			t.Errorf("exp %s at %d: %d %s", raw, now, reply.Status, reply)
		}
	}
}

// A payload that JSON readers may understand differently is refused, even with a valid
// signature.
func TestAttackSpellingsOfThePayload(t *testing.T) {
	app := authtest.New(t)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	whole := payloadWith(t, claims, "x", "")
	later := fmt.Sprint(app.Clock.Now().Unix() + 60)
	bare := strings.TrimSuffix(payloadWith(t, claims, "exp", ""), "}")
	for name, payload := range map[string]string{
		"duplicate exp":            strings.TrimSuffix(whole, "}") + `,"exp":` + later + "}",
		"duplicate sub":            `{"sub":"admin",` + whole[1:],
		"duplicate, escaped":       strings.TrimSuffix(whole, "}") + `,"s\u0075b":"admin"}`,
		"duplicate deep inside":    strings.TrimSuffix(whole, "}") + `,"a":{"b":1,"b":2}}`,
		"Exp instead of exp":       bare + `,"Exp":` + later + "}",
		"EXP instead of exp":       bare + `,"EXP":` + later + "}",
		"exp with a space":         bare + `,"exp ":` + later + "}",
		"text behind":              whole + "x",
		"an object behind":         whole + `{"sub":"admin"}`,
		"NUL behind":               whole + "\x00",
		"a list":                   "[" + whole + "]",
		"text":                     `"` + "user1" + `"`,
		"null":                     "null",
		"a number":                 "1",
		"empty":                    "",
		"empty object":             "{}",
		"NaN":                      bare + `,"exp":NaN}`,
		"Infinity":                 bare + `,"exp":Infinity}`,
		"1e400":                    bare + `,"exp":1e400}`,
		"hexadecimal":              bare + `,"exp":0xffffffff}`,
		"plus sign":                bare + `,"exp":+` + later + "}",
		"leading zero":             bare + `,"exp":0` + later + "}",
		"trailing comma":           strings.TrimSuffix(whole, "}") + ",}",
		"comment":                  "/**/" + whole,
		"byte order mark":          "\ufeff" + whole,
		"broken UTF-8":             strings.TrimSuffix(whole, "}") + ",\"a\":\"\xff\"}",
		"half a surrogate pair":    strings.TrimSuffix(whole, "}") + `,"a":"\ud800"}`,
		"nested a thousand deep":   strings.TrimSuffix(whole, "}") + `,"a":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + "}",
		"single quotes":            strings.ReplaceAll(whole, `"`, `'`),
		"single member, no braces": strings.Trim(whole, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, app.Get("/protected", signed(t, plainHeader, payload)), http.StatusUnauthorized, "token_invalid")
		})
	}
	wantStatus(t, app.Get("/protected", signed(t, plainHeader, " "+whole+"\n")), http.StatusOK) // white space is JSON
}

func TestAttackSpellingsOfTheHeader(t *testing.T) {
	app := authtest.New(t)
	payload := payloadWith(t, authtest.Claims(t, app.Login("user1").AccessToken), "x", "")
	for name, header := range map[string]string{
		"duplicate alg":     `{"alg":"none","alg":"HS256"}`,
		"duplicate typ":     `{"alg":"HS256","typ":"JWT","typ":"at+jwt"}`,
		"Alg":               `{"Alg":"HS256"}`,
		"no alg":            `{}`,
		"alg null":          `{"alg":null}`,
		"alg list":          `{"alg":["HS256"]}`,
		"alg lower case":    `{"alg":"hs256"}`,
		"alg with a space":  `{"alg":"HS256 "}`,
		"text behind":       `{"alg":"HS256"}x`,
		"a list":            `[{"alg":"HS256"}]`,
		"crit exp":          `{"alg":"HS256","crit":["exp"]}`,
		"crit b64":          `{"alg":"HS256","b64":false,"crit":["b64"]}`,
		"crit unknown":      `{"alg":"HS256","crit":["x"],"x":1}`,
		"crit empty":        `{"alg":"HS256","crit":[]}`,
		"crit null":         `{"alg":"HS256","crit":null}`,
		"kid unknown":       `{"alg":"HS256","kid":"unknown"}`,
		"kid empty":         `{"alg":"HS256","kid":""}`,
		"kid a path":        `{"alg":"HS256","kid":"../../../../dev/null"}`,
		"kid SQL":           `{"alg":"HS256","kid":"x' UNION SELECT 'key"}`,
		"kid null":          `{"alg":"HS256","kid":null}`,
		"kid a number":      `{"alg":"HS256","kid":1}`,
		"kid a list":        `{"alg":"HS256","kid":["x"]}`,
		"typ refresh":       `{"alg":"HS256","typ":"rt+jwt"}`,
		"typ dpop":          `{"alg":"HS256","typ":"dpop+jwt"}`,
		"typ logout":        `{"alg":"HS256","typ":"logout+jwt"}`,
		"typ id token-like": `{"alg":"HS256","typ":"id+jwt"}`,
		"typ empty":         `{"alg":"HS256","typ":""}`,
		"typ null":          `{"alg":"HS256","typ":null}`,
		"typ a number":      `{"alg":"HS256","typ":1}`,
		"typ twice applied": `{"alg":"HS256","typ":"application/application/at+jwt"}`,
		"typ with a space":  `{"alg":"HS256","typ":"at+jwt "}`,
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, app.Get("/protected", signed(t, header, payload)), http.StatusUnauthorized, "token_invalid")
		})
	}
	for name, header := range map[string]string{
		"no typ": `{"alg":"HS256"}`, "gin-jwt's typ": `{"alg":"HS256","typ":"JWT"}`, "upper case": `{"alg":"HS256","typ":"AT+JWT"}`,
		"media type": `{"alg":"HS256","typ":"application/at+jwt"}`, "unknown parameter": `{"alg":"HS256","x":{"y":[1]}}`,
		"jku, x5u, jwk and x5c are not looked at": `{"alg":"HS256","jku":"http://127.0.0.1:1/k","x5u":"http://127.0.0.1:1/x","jwk":{"kty":"oct","k":"AA"},"x5c":["AA"]}`,
	} {
		t.Run("taken "+name, func(t *testing.T) {
			wantStatus(t, app.Get("/protected", signed(t, header, payload)), http.StatusOK)
		})
	}
}

// Without Issuer and Audience in the configuration neither claim is checked. With several
// audiences one match is enough.
func TestIssuerAndAudienceAreOptional(t *testing.T) {
	bare := authtest.New(t, func(c *ginauth.Config) { c.Issuer, c.Audience = "", nil })
	tokens := bare.Login("user1")
	claims := authtest.Claims(t, tokens.AccessToken)
	if claims["iss"] != nil || claims["aud"] != nil {
		t.Errorf("iss %v, aud %v", claims["iss"], claims["aud"])
	}
	wantStatus(t, bare.Get("/protected", tokens.AccessToken), http.StatusOK)

	several := authtest.New(t, func(c *ginauth.Config) { c.Audience = []string{"one", "two"} })
	tokens = several.Login("user1")
	wantStatus(t, several.Get("/protected", tokens.AccessToken), http.StatusOK)
	wantStatus(t, several.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"aud": "two"})), http.StatusOK)
	wantStatus(t, several.Get("/protected", forge(t, tokens.AccessToken, map[string]any{"aud": "three"})), http.StatusUnauthorized)
}
