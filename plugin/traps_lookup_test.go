package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// These traps concern the spelling of tokens and the lookup of tokens in requests.

// otherLastCharacters returns the segments that a lenient base64 decoder decodes to the same
// bytes: the last character of a segment has unused bits.
func otherLastCharacters(segment string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, segment[len(segment)-1])
	free := map[int]int{2: 16, 3: 4}[len(segment)%4] // values that decode alike
	var out []string
	for i := last - last%max(free, 1); i < last-last%max(free, 1)+free; i++ {
		if i != last {
			out = append(out, segment[:len(segment)-1]+alphabet[i:i+1])
		}
	}
	return out
}

func TestTrap17_ATokenHasOneSpellingAndIsRevokedByItsID(t *testing.T) {
	app := authtest.New(t)
	tokens := app.Login("user1")
	parts := strings.Split(tokens.AccessToken, ".")
	others := otherLastCharacters(parts[2])
	if len(others) != 3 {
		t.Fatalf("an HS256 signature has 3 other spellings, found %d", len(others))
	}
	head := parts[0] + "." + parts[1] + "."
	spellings := []string{head + parts[2] + "\r\n", head + parts[2][:10] + "\n" + parts[2][10:], head + parts[2] + "="}
	for _, other := range others {
		spellings = append(spellings, head+other)
	}
	for _, spelling := range spellings {
		wantRefusal(t, app.Get("/protected", spelling), http.StatusUnauthorized, "token_invalid")
	}
	if n, err := app.Auth.RevokeToken(t.Context(), tokens.AccessToken); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	wantRefusal(t, app.Get("/protected", tokens.AccessToken), http.StatusUnauthorized, "token_revoked")
	// A token signed again is another text with the same jti, and is revoked too.
	wantRefusal(t, app.Get("/protected", forge(t, tokens.AccessToken, nil)), http.StatusUnauthorized, "token_revoked")
}

func TestTrap18_MalformedTokenLookupIsRefusedByNew(t *testing.T) {
	for _, lookup := range []string{
		"header", "header:", ":Authorization", "header:Authorization,", "header:Authorization,,cookie:jwt", "header Authorization",
		"jar:jwt", "header:Authorization,jar:jwt", "cookie:a b", "header:a:b", " ",
	} {
		t.Run(lookup, func(t *testing.T) {
			config := goodConfig()
			config.JWT.TokenLookup = lookup
			wantMistakes(t, config, "JWT.TokenLookup")
		})
	}
}

func cookieToo(c *ginauth.Config) { c.JWT.TokenLookup = "header:Authorization, cookie:jwt" }

func TestTrap19_EveryCarrierCountsAndTwoDifferentTokensAreRefused(t *testing.T) {
	app := authtest.New(t, cookieToo)
	good, other := app.Login("user1").AccessToken, app.Login("user2").AccessToken
	bearer, cookie, header := authtest.Bearer, authtest.Cookie, authtest.Header
	for _, row := range []struct {
		name    string
		options []authtest.RequestOption
		status  int
		word    string
	}{
		{"Basic header, no cookie", []authtest.RequestOption{header("Authorization", "Basic eDp5")}, 401, "token_missing"},
		{"empty header, good cookie", []authtest.RequestOption{header("Authorization", ""), cookie("jwt", good)}, 200, ""},
		{"Basic header, good cookie", []authtest.RequestOption{header("Authorization", "Basic eDp5"), cookie("jwt", good)}, 200, ""},
		{"good header, empty cookie", []authtest.RequestOption{bearer(good), cookie("jwt", "")}, 200, ""},
		{"the same twice", []authtest.RequestOption{bearer(good), cookie("jwt", good)}, 200, ""},
		{"good header, garbage cookie", []authtest.RequestOption{bearer(good), cookie("jwt", "garbage")}, 200, ""},
		{"garbage header, good cookie", []authtest.RequestOption{bearer("garbage"), cookie("jwt", good)}, 200, ""},
		{"two users", []authtest.RequestOption{bearer(good), cookie("jwt", other)}, 400, "invalid_request"},
		{"two cookies of one name", []authtest.RequestOption{cookie("jwt", good), cookie("jwt", other)}, 400, "invalid_request"},
		{"another cookie", []authtest.RequestOption{cookie("session", good)}, 401, "token_missing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			reply := app.Do(http.MethodGet, "/protected", row.options...)
			if row.word == "" {
				wantStatus(t, reply, row.status)
				return
			}
			wantRefusal(t, reply, row.status, row.word)
		})
	}
}

func TestTrap20_TheSchemeIsReadAsTheRFCSays(t *testing.T) {
	app := authtest.New(t)
	good, other := app.Login("user1").AccessToken, app.Login("user2").AccessToken
	for _, row := range []struct {
		name   string
		lines  []string
		status int
		word   string
	}{
		{"lower case", []string{"bearer " + good}, 200, ""},
		{"mixed case", []string{"bEaReR " + good}, 200, ""},
		{"two spaces", []string{"Bearer  " + good}, 200, ""},
		{"white space around", []string{" \tBearer " + good + " \t"}, 200, ""},
		{"equal lines", []string{"Bearer " + good, "bearer " + good}, 200, ""},
		{"a foreign scheme first", []string{"Basic eDp5", "Bearer " + good}, 400, "invalid_request"},
		{"a foreign scheme last", []string{"Bearer " + good, "Negotiate x"}, 400, "invalid_request"},
		{"an empty line first", []string{"Bearer ", "Bearer " + good}, 400, "invalid_request"},
		{"equal lines of a foreign scheme", []string{"Basic eDp5", "Basic eDp5"}, 401, "token_missing"},
		{"different lines", []string{"Bearer " + good, "Bearer " + other}, 400, "invalid_request"},
		{"good line, garbage line", []string{"Bearer " + good, "Bearer garbage"}, 400, "invalid_request"},
		{"tab", []string{"Bearer\t" + good}, 401, "token_missing"},
		{"comma", []string{"Bearer," + good}, 401, "token_missing"},
		{"no space", []string{"Bearer" + good}, 401, "token_missing"},
		{"scheme alone", []string{"Bearer"}, 401, "token_missing"},
		{"scheme and spaces", []string{"Bearer   "}, 401, "token_missing"},
		{"two in one line", []string{"Bearer " + good + ", Bearer " + good}, 401, "token_invalid"},
		{"scheme twice", []string{"Bearer Bearer " + good}, 401, "token_invalid"},
		{"a parameter behind", []string{"Bearer " + good + " x=1"}, 401, "token_invalid"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var options []authtest.RequestOption
			for _, line := range row.lines {
				options = append(options, authtest.Header("Authorization", line))
			}
			reply := app.Do(http.MethodGet, "/protected", options...)
			if row.word == "" {
				wantStatus(t, reply, row.status)
				return
			}
			wantRefusal(t, reply, row.status, row.word)
		})
	}
}

func TestTrap21_TokensInURLsAreRefused(t *testing.T) {
	for _, lookup := range []string{"query:token", "header:Authorization, query: token, cookie: jwt", "param:token", "form:token"} {
		t.Run(lookup, func(t *testing.T) {
			config := goodConfig()
			config.JWT.TokenLookup = lookup
			wantMistakes(t, config, "JWT.TokenLookup")
		})
	}
	app := authtest.New(t)
	tokens := app.Login("user1")
	for _, route := range []struct{ method, path string }{
		{"POST", "/login"}, {"POST", "/refresh"}, {"POST", "/logout"}, {"POST", "/logout/all"}, {"POST", "/logout/others"},
		{"GET", "/hello"}, {"GET", "/protected"}, {"GET", "/protected/sessions"}, {"DELETE", "/protected/sessions/x"}, {"POST", "/protected/password"},
	} {
		for _, name := range []string{"access_token", "refresh_token", "token", "jwt"} {
			t.Run(route.path+"?"+name, func(t *testing.T) {
				reply := app.Do(route.method, route.path+"?a=b&"+name+"="+tokens.AccessToken, authtest.Bearer(tokens.AccessToken),
					authtest.JSON(map[string]string{"username": "user1", "password": "password123", "refresh_token": tokens.RefreshToken}))
				wantRefusal(t, reply, http.StatusBadRequest, "invalid_request")
			})
		}
	}
	wantStatus(t, app.Get("/protected?page=token", tokens.AccessToken), http.StatusOK)
}
