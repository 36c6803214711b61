package ginauth_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// garbage holds values that no valid Authorization header has.
var garbage = []string{
	", ,", ",", " ", "\t", "=", "Bearer ,", "Bearer =", "Bearer .", "Bearer ..", "Bearer ...", "Bearer \x00", "Bearer \x7f", "Bearer é.ü.ß",
	"Béarer x", "\xff\xfe", "Bearer \xff.\xff.\xff", "Bearer null", "Bearer undefined", "Bearer [object Object]", `Bearer "x.y.z"`,
	"Bearer {}", "Bearer e30.e30.e30", "Bearer rt1_", "Bearer rt1_AAAA", "Digest username=x", "Basic", "Negotiate YII=",
	"Bearer " + strings.Repeat(".", 1<<20), "Bearer " + strings.Repeat("é", 1<<19), strings.Repeat("Bearer ", 1000), "Bearer\u00a0x.y.z", "bearer:x.y.z",
}

// Every route that requires a token refuses garbage as a missing or an invalid token. Garbage
// never grants access or breaks anything.
func TestAttackGarbageHeaders(t *testing.T) {
	app := authtest.New(t, cookieToo)
	tokens := app.Login("user1")
	for _, route := range [][2]string{
		{"GET", "/protected"}, {"GET", "/protected/sessions"}, {"POST", "/protected/password"}, {"POST", "/logout"}, {"POST", "/logout/all"}, {"POST", "/logout/others"},
	} {
		for _, line := range garbage {
			reply := app.Do(route[0], route[1], authtest.Header("Authorization", line))
			if reply.Status != http.StatusUnauthorized || !slices.Contains([]string{"token_missing", "token_invalid"}, reply.Word()) {
				t.Errorf("%s with %.40q: %d %s", route[1], line, reply.Status, reply)
			}
		}
	}
	for _, value := range garbage {
		if strings.ContainsAny(value, ", ;\"\t") || len(value) > 1<<12 {
			continue // no value of a cookie
		}
		reply := app.Do("GET", "/protected", authtest.Cookie("jwt", value))
		if reply.Status != http.StatusUnauthorized {
			t.Errorf("cookie %q: %d %s", value, reply.Status, reply)
		}
	}
	// Garbage does not prevent a login or a refresh.
	for _, line := range garbage {
		reply := app.Do("POST", "/login", authtest.Header("Authorization", line),
			authtest.JSON(map[string]string{"username": "user2", "password": "password456"}))
		wantStatus(t, reply, http.StatusOK)
	}
	wantStatus(t, app.Refresh(tokens.RefreshToken), http.StatusOK)
}

// A client that presents another authentication scheme is a stranger. A client with an invalid
// Bearer token is refused.
func TestAttackGarbageOnOptionalRoutes(t *testing.T) {
	app := authtest.New(t)
	for line, want := range map[string]int{
		"": 200, "Basic eDp5": 200, "Bearer": 200, ", ,": 200, "Bearer x": 401, "bearer x.y.z": 401, "Bearer e30.e30.": 401,
	} {
		if reply := app.Do("GET", "/hello", authtest.Header("Authorization", line)); reply.Status != want {
			t.Errorf("%q: %d %s", line, reply.Status, reply)
		}
	}
}

// A thousand header lines, equal or not, cost only the time to read them.
func TestAttackManyHeaderLines(t *testing.T) {
	app := authtest.New(t)
	access := app.Login("user1").AccessToken
	var same []authtest.RequestOption
	for range 1000 {
		same = append(same, authtest.Bearer(access))
	}
	wantStatus(t, app.Do("GET", "/protected", same...), http.StatusOK)
	different := append(same, authtest.Bearer(access+"x"))
	wantRefusal(t, app.Do("GET", "/protected", different...), http.StatusBadRequest, "invalid_request")
}

func TestAttackBodies(t *testing.T) {
	const form, js = "application/x-www-form-urlencoded", "application/json"
	app := authtest.New(t)
	good, other := app.Login("user1"), app.Login("user2")
	quoted := `"` + good.RefreshToken + `"`
	for _, row := range []struct {
		name, contentType, body string
		status                  int
		word                    string
	}{
		{"a list", js, "[" + quoted + "]", 400, "invalid_request"},
		{"text", js, quoted, 400, "invalid_request"},
		{"null", js, "null", 400, "invalid_request"},
		{"a token as a list", js, `{"refresh_token":[` + quoted + `]}`, 400, "invalid_request"},
		{"a token as a number", js, `{"refresh_token":1}`, 400, "invalid_request"},
		{"two tokens", js, `{"refresh_token":` + quoted + `,"refresh_token":"` + other.RefreshToken + `"}`, 400, "invalid_request"},
		{"one token twice", js, `{"refresh_token":` + quoted + `,"refresh_token":` + quoted + `}`, 400, "invalid_request"},
		{"text behind", js, `{"refresh_token":` + quoted + `}x`, 400, "invalid_request"},
		{"cut off", js, `{"refresh_token":` + quoted, 400, "invalid_request"},
		{"not UTF-8", js, "{\"refresh_token\":\"\xff\"}", 400, "invalid_request"},
		{"two tokens in a form", form, "refresh_token=" + good.RefreshToken + "&refresh_token=" + other.RefreshToken, 400, "invalid_request"},
		{"a broken escape", form, "refresh_token=%zz", 400, "invalid_request"},
		{"a semicolon", form, "refresh_token=" + good.RefreshToken + ";x=y", 400, "invalid_request"},
		{"grant_type twice", form, "grant_type=refresh_token&grant_type=password&refresh_token=" + good.RefreshToken, 400, "invalid_request"},
		{"JSON without a content type", "", `{"refresh_token":` + quoted + `}`, 400, "invalid_request"},
		{"XML", "application/xml", "<x/>", 400, "invalid_request"},
		{"text/plain, what a foreign form may send", "text/plain", `{"refresh_token":` + quoted + `}`, 400, "invalid_request"},
		{"multipart", "multipart/form-data; boundary=x", "--x--", 400, "invalid_request"},
		{"another name", js, `{"Refresh_Token":` + quoted + `}`, 401, "token_missing"},
		{"token null", js, `{"refresh_token":null}`, 401, "token_missing"},
		{"token empty", form, "refresh_token=", 401, "token_missing"},
		{"no body", "", "", 401, "token_missing"},
		{"no body, odd type", "application/xml", "", 401, "token_missing"},
		{"one character more", form, "refresh_token=" + good.RefreshToken + "A", 401, "invalid_grant"},
		{"one character less", form, "refresh_token=" + good.RefreshToken[:len(good.RefreshToken)-1], 401, "invalid_grant"},
		{"padded", form, "refresh_token=" + good.RefreshToken + "%3D", 401, "invalid_grant"},
		{"prefix in capitals", form, "refresh_token=RT1_" + good.RefreshToken[4:], 401, "invalid_grant"},
		{"line end", form, "refresh_token=" + good.RefreshToken + "%0A", 401, "invalid_grant"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, path := range []string{"/refresh", "/logout"} {
				wantRefusal(t, app.Do("POST", path, authtest.Body(row.contentType, row.body)), row.status, row.word)
			}
		})
	}
	// A compressed body would read as a form without a token.
	for _, path := range []string{"/login", "/refresh", "/logout"} {
		reply := app.Do("POST", path, authtest.Body(form, "\x1f\x8b\x08"), authtest.Header("Content-Encoding", "gzip"))
		wantRefusal(t, reply, 400, "invalid_request")
	}
	reply := app.Do("POST", "/refresh", authtest.Header("Content-Encoding", "identity"), authtest.Body(js+"; charset=utf-8", `{"refresh_token":`+quoted+`}`))
	wantStatus(t, reply, http.StatusOK)
	twice := "refresh_token=" + good.RefreshToken + "&refresh_token=" + good.RefreshToken
	wantStatus(t, app.Do("POST", "/refresh", authtest.Body(form, twice)), http.StatusOK)
}
