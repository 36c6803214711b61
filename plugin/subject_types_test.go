package ginauth_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

// The types by which real projects name their users.
type (
	userName string
	userID   int64
	objectID [4]byte // as MongoDB's driver has it
	point    struct{ x, y int }
	level    int
	refusing struct{}
)

func (id objectID) String() string               { return `ObjectID("` + hex.EncodeToString(id[:]) + `")` }
func (id objectID) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(id[:])), nil }
func (id objectID) MarshalJSON() ([]byte, error) { return json.Marshal(hex.EncodeToString(id[:])) }
func (p point) String() string                   { return fmt.Sprintf("%d:%d", p.x, p.y) }
func (l level) String() string                   { return "level " + fmt.Sprint(int(l)) }
func (refusing) MarshalText() ([]byte, error)    { return nil, errors.New("hunter2") }

type identityRow struct {
	value any
	text  string
	seen  any
}

// identities are values by which a user is named, with the text of sub and what handlers see.
func identities() map[string]identityRow {
	name, id := userName("user1"), 7
	return map[string]identityRow{
		"a string": {"user1", "user1", "user1"}, "a named string": {name, "user1", "user1"}, "a pointer to one": {&name, "user1", "user1"},
		"an int": {7, "7", 7.0}, "a named integer": {userID(7), "7", 7.0}, "a pointer to an int": {&id, "7", 7.0}, "a whole float": {7.0, "7", 7.0},
		"a Mongo ObjectID": {objectID{1, 2, 3, 255}, "010203ff", "010203ff"}, "an integer with a String": {level(3), "3", 3.0},
		"HTML": {"<a&b>", "<a&b>", "<a&b>"}, "json.Number": {json.Number("7"), "7", 7.0}, "a RawMessage": {json.RawMessage(`"user1"`), "user1", "user1"},
	}
}

// One text names the user: in sub, in what handlers see, in lists, in revocations, and in the tokens
// that gin-jwt made for the same user before.
func TestOneTextNamesTheUserEverywhere(t *testing.T) {
	for name, row := range identities() {
		t.Run(name, func(t *testing.T) {
			var seen any
			app := authtest.New(t, acceptLegacy, func(c *ginauth.Config) {
				c.JWT.PayloadFunc = func(any) jwt.MapClaims { return jwt.MapClaims{jwt.IdentityKey: row.value} }
			})
			app.Engine.GET("/who", app.Auth.MiddlewareFunc(), func(c *gin.Context) { seen, _ = c.Get(jwt.IdentityKey) })
			token := app.Login("user1").AccessToken
			old := legacyTokenOf(t, app.Clock, row.value)
			for _, token := range []string{token, old} {
				wantStatus(t, app.Get("/who", token), http.StatusOK)
				if seen != row.seen {
					t.Errorf("handlers see %v (%T), want %v", seen, seen, row.seen)
				}
				if access, err := app.Auth.Verify(t.Context(), token); access.Subject != row.text || err != nil {
					t.Errorf("subject %q, %v", access.Subject, err)
				}
			}
			if list, err := app.Auth.Sessions(t.Context(), row.text); len(list) != 1 || err != nil {
				t.Errorf("%d sessions, %v", len(list), err)
			}
			app.Clock.Add(time.Minute)
			if n, err := app.Auth.RevokeSubject(t.Context(), row.text); n != 1 || err != nil {
				t.Errorf("%d ended, %v", n, err)
			}
			for _, token := range []string{token, old} {
				wantRefusal(t, app.Get("/who", token), http.StatusUnauthorized, "token_revoked")
			}
		})
	}
}

// legacyTokenOf is a token of gin-jwt whose identity is the value.
func legacyTokenOf(t *testing.T, clock *authtest.Clock, value any) string {
	t.Helper()
	old := authtest.JWT(clock)
	old.Timeout, old.PayloadFunc = legacyLife, func(any) jwt.MapClaims { return jwt.MapClaims{jwt.IdentityKey: value} }
	mw, err := jwt.New(old)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := mw.TokenGenerator(nil)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// The String method of a whole record is for logs, and the same for every user.
func TestTheStringOfARecordNamesNobody(t *testing.T) {
	app := authtest.New(t, func(c *ginauth.Config) {
		c.JWT.Authenticator = func(*gin.Context) (any, error) { return point{1, 2}, nil }
		c.JWT.PayloadFunc = nil
	})
	wantRefusal(t, app.Do(http.MethodPost, "/login"), http.StatusInternalServerError, "internal")
}

func TestTheUserIsNamedByTheFirstThatThereIs(t *testing.T) {
	for name, row := range map[string]struct {
		claims jwt.MapClaims
		want   string
	}{
		"the identity claim": {jwt.MapClaims{"identity": "a", "sub": "b"}, "a"}, "sub": {jwt.MapClaims{"sub": "b"}, "b"},
		"a nil pointer": {jwt.MapClaims{"identity": (*string)(nil), "sub": 7}, "7"}, "the data": {jwt.MapClaims{"role": "x"}, "the data"},
		"no claims": {nil, "the data"},
	} {
		app := authtest.New(t, func(c *ginauth.Config) {
			c.JWT.Authenticator = func(*gin.Context) (any, error) { return userName("the data"), nil }
			c.JWT.PayloadFunc = func(any) jwt.MapClaims { return row.claims }
		})
		claims := authtest.Claims(t, app.Do(http.MethodPost, "/login").Tokens(t).AccessToken)
		if claims["sub"] != row.want || claims["identity"] != row.want {
			t.Errorf("%s: sub %v, identity %v", name, claims["sub"], claims["identity"])
		}
	}
}

// The first login tells the developer, in one line, what was found where. The client is told
// nothing, and no value is in the log.
func TestAWrongGuessOfTheUserNamesConfigSubject(t *testing.T) {
	type account struct{ Password string }
	secret := account{"hunter2"}
	for name, row := range map[string]struct {
		claims jwt.MapClaims
		tells  []string
	}{
		"a struct":         {jwt.MapClaims{"identity": secret}, []string{`the claim "identity"`, "account"}},
		"a pointer":        {jwt.MapClaims{"identity": &secret}, []string{`the claim "identity"`, "*ginauth_test.account"}},
		"sub":              {jwt.MapClaims{"sub": map[string]any{"id": "hunter2"}}, []string{`the claim "sub"`, "map[string]interface"}},
		"the data":         {jwt.MapClaims{}, []string{"the Authenticator's data", `neither "identity" (JWT.IdentityKey) nor "sub"`, "account"}},
		"an empty number":  {jwt.MapClaims{"identity": json.Number("")}, []string{"json.Number"}},
		"half a character": {jwt.MapClaims{"identity": json.RawMessage(`"a\ud800"`)}, []string{"json.RawMessage"}},
		"a fraction":       {jwt.MapClaims{"identity": 1.5}, []string{`the claim "identity"`, "float64"}},
		"a huge float":     {jwt.MapClaims{"identity": 1e22}, []string{"float64"}},
		"a bool":           {jwt.MapClaims{"identity": true}, []string{"bool"}},
		"empty":            {jwt.MapClaims{"identity": ""}, []string{`the claim "identity"`, "1 to 255"}},
		"a failure":        {jwt.MapClaims{"identity": refusing{}}, []string{"refusing"}},
		"not UTF-8":        {jwt.MapClaims{"identity": userName("hunter2\xff")}, []string{"valid UTF-8"}},
		"a channel":        {jwt.MapClaims{"identity": make(chan int)}, []string{"chan int"}},
	} {
		t.Run(name, func(t *testing.T) {
			app := authtest.New(t, func(c *ginauth.Config) {
				c.JWT.Authenticator = func(*gin.Context) (any, error) { return secret, nil }
				c.JWT.PayloadFunc = func(any) jwt.MapClaims { return row.claims }
			})
			reply := app.Do(http.MethodPost, "/login")
			wantRefusal(t, reply, http.StatusInternalServerError, "internal")
			lines := strings.Split(strings.TrimSpace(app.Logs.String()), "\n")
			said := strings.ReplaceAll(lines[len(lines)-1], `\"`, `"`)
			for _, part := range append(row.tells, "set Config.Subject") {
				if len(lines) != 1 || !strings.Contains(said, part) {
					t.Errorf("%q is not in %q", part, lines)
				}
			}
			if strings.Contains(said, "hunter2") || strings.Contains(reply.String(), "Subject") {
				t.Errorf("told: %s, %s", said, reply)
			}
		})
	}
}
