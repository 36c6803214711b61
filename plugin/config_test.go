package ginauth_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/keys"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/mirror"
	"github.com/ginauth/ginauth/plugin/throttle"
)

func TestTheZeroConfigIsToldWhatItLacks(t *testing.T) {
	wantMistakes(t, ginauth.Config{}, "Store", "JWT.Authenticator", "JWT.Key")
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	config := ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key: []byte("short"), Timeout: -1, MaxRefresh: -1, CookieMaxAge: -1, DisabledAbort: true, ExpField: "until",
			Realm: "réalm", TokenHeadName: "Bearer Token", IdentityKey: "sid", TokenLookup: "query:token",
			SendCookie: true, CookieName: "a b", CookieDomain: "localhost:80", KeyFunc: func(*jwtv4.Token) (any, error) { return nil, nil },
		},
		SessionIdleTTL: -1, SessionMaxTTL: -1, RefreshGrace: -1, Leeway: -1, MaxSessions: -1, OnStoreDown: 7,
		RefreshKeys: [][]byte{[]byte("short"), nil}, PreviousKeys: [][]byte{[]byte("short")}, Audience: []string{""},
	}
	wantMistakes(t, config,
		"Store", "JWT.Timeout", "JWT.MaxRefresh", "JWT.CookieMaxAge", "SessionIdleTTL", "SessionMaxTTL", "RefreshGrace", "Leeway",
		"JWT.Authenticator", "JWT.DisabledAbort", "JWT.ExpField", "JWT.Realm", "JWT.TokenHeadName", "JWT.IdentityKey", "JWT.TokenLookup",
		"JWT.SecureCookie", "JWT.CookieHTTPOnly", "JWT.CookieName", "JWT.CookieDomain",
		"JWT.KeyFunc", "RefreshKeys[0]", "RefreshKeys[1]", "MaxSessions", "OnStoreDown", "Audience", "JWT.Key", "PreviousKeys[0]")
}

func TestMistakesOneByOne(t *testing.T) {
	ring, err := keys.NewRing(mustKey(keys.HMAC("", []byte(authtest.Secret))))
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		change func(*ginauth.Config)
		fields []string
	}{
		"no JWT at all": {func(c *ginauth.Config) { c.JWT = nil }, []string{"JWT.Authenticator", "JWT.Key"}},
		"two kinds of cookies": {func(c *ginauth.Config) {
			c.Cookies, c.JWT.TokenLookup = &ginauth.Cookies{}, "header:Authorization, cookie:jwt"
		}, []string{"JWT.TokenLookup"}},
		"no store":               {func(c *ginauth.Config) { c.Store = nil }, []string{"Store"}},
		"a nil pointer as store": {func(c *ginauth.Config) { c.Store = (*mirror.Mirror)(nil) }, []string{"Store"}},
		"a nil pointer as limiter": {func(c *ginauth.Config) {
			c.LoginLimit = &ginauth.LoginLimit{Limiter: (*throttle.MemoryLimiter)(nil)}
		}, []string{"LoginLimit.Limiter"}},
		"a timeout below a second":   {func(c *ginauth.Config) { c.JWT.Timeout = 900 * time.Millisecond }, []string{"JWT.Timeout"}},
		"grace with strict rotation": {func(c *ginauth.Config) { c.StrictRotation, c.RefreshGrace = true, time.Second }, []string{"RefreshGrace"}},
		"too many sessions":          {func(c *ginauth.Config) { c.MaxSessions = 100001 }, []string{"MaxSessions"}},
		"keys twice":                 {func(c *ginauth.Config) { c.Keys = ring }, []string{"Keys"}},
		"keys and an algorithm":      {func(c *ginauth.Config) { c.JWT.Key, c.Keys, c.JWT.SigningAlgorithm = nil, ring, "HS256" }, []string{"JWT.SigningAlgorithm"}},
		"keys and previous keys": {func(c *ginauth.Config) {
			c.JWT.Key, c.Keys, c.PreviousKeys = nil, ring, [][]byte{[]byte(authtest.Secret)}
		}, []string{"PreviousKeys"}},
		"the present key among previous": {func(c *ginauth.Config) { c.PreviousKeys = [][]byte{[]byte(authtest.Secret)} }, []string{"PreviousKeys"}},
		"RS256 without keys":             {func(c *ginauth.Config) { c.JWT.Key, c.JWT.SigningAlgorithm = nil, "RS256" }, []string{"JWT.PrivKey"}},
		"RS256 with junk":                {func(c *ginauth.Config) { useRSA(c); c.JWT.PrivKeyBytes = []byte("junk") }, []string{"JWT.PrivKey"}},
		"a passphrase for nothing":       {func(c *ginauth.Config) { useRSA(c); c.JWT.PrivateKeyPassphrase = "x" }, []string{"JWT.PrivKey"}},
		"a PEM as HMAC key":              {func(c *ginauth.Config) { c.JWT.Key = rsaOurs().private }, []string{"JWT.Key"}},
		"a refresh key of 31 bytes":      {func(c *ginauth.Config) { c.RefreshKeys = [][]byte{make([]byte, 31)} }, []string{"RefreshKeys[0]"}},
		"a scheme of two words":          {func(c *ginauth.Config) { c.JWT.TokenHeadName = "a b" }, []string{"JWT.TokenHeadName"}},
		"reserved identity key":          {func(c *ginauth.Config) { c.JWT.IdentityKey = "exp" }, []string{"JWT.IdentityKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			row.change(&config)
			wantMistakes(t, config, row.fields...)
		})
	}
}

func TestNoKeyIsInAMistake(t *testing.T) {
	config := goodConfig()
	config.JWT.Key, config.PreviousKeys = []byte("canary-key"), [][]byte{[]byte("canary-old")}
	config.RefreshKeys = [][]byte{[]byte("canary-refresh"), []byte("canary-older")}
	if _, err := ginauth.New(config); err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a key in: %v", err)
	}
}

// snapshot returns a struct's fields, with functions as addresses.
func snapshot(v any) map[string]any {
	s := reflect.ValueOf(v)
	fields := map[string]any{}
	for i := range s.NumField() {
		f, name := s.Field(i), s.Type().Field(i).Name
		switch {
		case !s.Type().Field(i).IsExported():
		case f.Kind() == reflect.Func:
			fields[name] = f.Pointer()
		default:
			fields[name] = f.Interface()
		}
	}
	return fields
}

func TestNewTouchesNothingOfTheCallers(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){"HS256": func(*ginauth.Config) {}, "RS256": useRSA, "cookies": sendCookie} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			config.Audience = []string{"a"}
			change(&config)
			before, beforeJWT := snapshot(config), snapshot(*config.JWT)
			pointer := config.JWT
			for range 2 { // the same struct serves two Auths
				auth, err := ginauth.New(config)
				if err != nil {
					t.Fatal(err)
				}
				if err := auth.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(before, snapshot(config)) || !reflect.DeepEqual(beforeJWT, snapshot(*config.JWT)) || config.JWT != pointer {
				t.Errorf("New changed its argument:\n%v\n%v", beforeJWT, snapshot(*config.JWT))
			}
		})
	}
}

func TestLaterChangesOfTheConfigHaveNoEffect(t *testing.T) {
	key, previous := []byte(authtest.Secret), []byte("previous-"+authtest.Secret)
	refresh, previousRefresh := []byte(strings.Repeat("r", 32)), []byte(strings.Repeat("p", 32))
	var config *ginauth.Config
	clock := authtest.NewClock()
	store := memstore.NewWith(memstore.Options{Now: clock.Now})
	older := authtest.On(t, clock, store, func(c *ginauth.Config) {
		c.JWT.Key, c.RefreshKeys = append([]byte(nil), previous...), [][]byte{append([]byte(nil), previousRefresh...)}
	})
	app := authtest.On(t, clock, store, func(c *ginauth.Config) {
		c.JWT.Key, c.PreviousKeys, c.RefreshKeys = key, [][]byte{previous}, [][]byte{refresh, previousRefresh}
		config = c
	})
	old, tokens := older.Login("user2"), app.Login("user1")
	for _, secret := range [][]byte{key, previous, refresh, previousRefresh} {
		clear(secret)
	}
	config.Audience[0], config.PreviousKeys[0], config.RefreshKeys[0] = "changed", nil, nil
	*config.JWT = jwt.GinJWTMiddleware{Unauthorized: func(*gin.Context, int, string) { panic("asked") }}
	*config = ginauth.Config{}

	wantStatus(t, app.Get("/protected", tokens.AccessToken), 200)
	wantStatus(t, app.Get("/protected", old.AccessToken), 200)
	wantRefusal(t, app.Get("/protected", ""), 401, "token_missing")
	app.Refreshed(tokens.RefreshToken)
	app.Refreshed(old.RefreshToken)
	wantStatus(t, app.Get("/protected", app.Login("user1").AccessToken), 200)
}

func TestDefaultsAreTheDocumentedOnes(t *testing.T) {
	clock := authtest.NewClock()
	app := authtest.On(t, clock, memstore.NewWith(memstore.Options{Now: clock.Now}), func(c *ginauth.Config) { c.JWT.Timeout, c.JWT.Realm = 0, "" })
	tokens := app.Login("user1")
	if tokens.ExpiresIn != 3600 || tokens.RefreshExpiresIn != 168*3600 {
		t.Errorf("expires_in %d, refresh_expires_in %d", tokens.ExpiresIn, tokens.RefreshExpiresIn)
	}
	list, err := app.Auth.Sessions(t.Context(), "user1")
	if err != nil || len(list) != 1 || list[0].EndsAt.Sub(list[0].CreatedAt) != 720*time.Hour {
		t.Error(list, err)
	}
	if got := app.Get("/protected", "").Header.Get("WWW-Authenticate"); got != `Bearer realm="gin jwt"` {
		t.Errorf("challenge %s", got)
	}
	for range 51 {
		app.Login("user2")
	}
	if list, err = app.Auth.Sessions(t.Context(), "user2"); err != nil || len(list) != 50 {
		t.Errorf("%d sessions, %v", len(list), err)
	}

	idle := authtest.New(t, func(c *ginauth.Config) { c.SessionIdleTTL, c.SessionMaxTTL = 2*time.Hour, time.Hour })
	if got := idle.Login("user1").RefreshExpiresIn; got != 3600 {
		t.Errorf("an idle limit above the absolute one has an effect: %d", got)
	}
}
