package ginauth_test

import (
	"net/http"
	"strings"
	"testing"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
	"github.com/ginauth/ginauth/plugin/session"
)

// RFC 9068 section 2.2. An independent client refuses a token of type at+jwt that lacks one.
var rfc9068Claims = []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"}

func asClientWeb(c *ginauth.Config) { c.ClientID = "web" }

func TestATokenOfTypeATJWTHasEveryClaimOfRFC9068(t *testing.T) {
	app := authtest.New(t, asClientWeb, func(c *ginauth.Config) {
		c.JWT.PayloadFunc = func(data any) jwt.MapClaims {
			claims := authtest.Payload(data)
			claims["client_id"] = "payload"
			return claims
		}
	})
	login := app.Login("user1")
	for _, token := range []string{login.AccessToken, app.Refreshed(login.RefreshToken).AccessToken} {
		if header := authtest.HeaderOf(t, token); header["typ"] != "at+jwt" {
			t.Errorf("header %v", header)
		}
		claims := authtest.Claims(t, token)
		for _, name := range rfc9068Claims {
			if claims[name] == nil {
				t.Errorf("no %s", name)
			}
		}
		if claims["client_id"] != "web" {
			t.Errorf("client_id is %v", claims["client_id"])
		}
		wantStatus(t, app.Get("/protected", token), http.StatusOK)
	}
}

func TestATokenWithoutAClientIDDoesNotClaimRFC9068(t *testing.T) {
	app := authtest.New(t)
	token := app.Login("user1").AccessToken
	if header, claims := authtest.HeaderOf(t, token), authtest.Claims(t, token); header["typ"] != "JWT" || claims["client_id"] != nil {
		t.Errorf("header %v, client_id %v", header, claims["client_id"])
	}
}

// The setting is switched on node by node. No node refuses what another has made, before or
// after.
func TestAClientIDIsSwitchedOnWithoutARefusal(t *testing.T) {
	onEveryStore(t, func(t *testing.T, clock *authtest.Clock, store session.Store) {
		before := authtest.On(t, clock, store)
		after := authtest.On(t, clock, store, asClientWeb)
		for _, pair := range [][2]*authtest.App{{before, after}, {after, before}} {
			tokens := pair[0].Login("user1")
			alive(t, pair[1], tokens)
			alive(t, pair[0], pair[1].Refreshed(tokens.RefreshToken))
		}
	})
}

// The type of the header passes as JWT, so the claim must tell the kind (RFC 8725 section 3.12).
func TestAnotherKindOfTokenIsRefusedWhateverItsType(t *testing.T) {
	app := authtest.New(t, asClientWeb)
	claims := authtest.Claims(t, app.Login("user1").AccessToken)
	sign := func(typ string) string {
		return authtest.Sign(t, jwtv4.SigningMethodHS256, []byte(authtest.Secret), map[string]any{"typ": typ}, claims)
	}
	wantStatus(t, app.Get("/protected", sign("at+jwt")), http.StatusOK)
	for _, use := range []any{nil, "id", "refresh", "ACCESS", true} {
		if claims["token_use"] = use; use == nil {
			delete(claims, "token_use")
		}
		for _, typ := range []string{"JWT", "at+jwt"} {
			wantRefusal(t, app.Get("/protected", sign(typ)), http.StatusUnauthorized, "token_invalid")
		}
	}
}

func TestAClientIDNeedsIssuerAndAudience(t *testing.T) {
	for name, change := range map[string]func(*ginauth.Config){
		"no issuer":         func(c *ginauth.Config) { c.Audience = []string{"a"} },
		"no audience":       func(c *ginauth.Config) { c.Issuer = "i" },
		"not ASCII":         func(c *ginauth.Config) { c.Issuer, c.Audience, c.ClientID = "i", []string{"a"}, "é" },
		"a control and all": func(c *ginauth.Config) { c.Issuer, c.Audience, c.ClientID = "i", []string{"a"}, "a\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			config := goodConfig()
			config.Issuer, config.Audience, config.ClientID = "", nil, "web"
			change(&config)
			wantMistakes(t, config, "ClientID")
			if _, err := ginauth.New(config); err == nil || !strings.Contains(err.Error(), "ginauth: Config.ClientID: ") {
				t.Errorf("%v", err)
			}
		})
	}
}
