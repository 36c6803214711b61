// Package jwt has the names that gin-jwt's own tests use, and each of them is ginauth's: .ci/ginjwt/run
// puts the test file of gin-jwt into this package. Each method is one call of ginauth's public API, so
// what a test sees is what an application sees that was moved as docs/migrating-from-gin-jwt.md says.
package jwt

import (
	"context"
	"log"
	"time"

	gj "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v4"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// GinJWTMiddleware is the caller's own struct, with gin-jwt's fields. New leaves it as it is.
type GinJWTMiddleware gj.GinJWTMiddleware

// MapClaims is gin-jwt's type, which a moved application goes on using.
type MapClaims = gj.MapClaims

// auths has what New made of each struct, since the tests call methods on the struct itself.
var auths = map[*GinJWTMiddleware]*ginauth.Auth{}

// New is the changed constructor, with the settings for tokens and clients that are out there.
func New(m *GinJWTMiddleware) (*GinJWTMiddleware, error) {
	params := gj.GinJWTMiddleware(*m)
	if params.LoginResponse == nil {
		params.LoginResponse = ginauth.GinJWTReply
	}
	if params.RefreshResponse == nil {
		params.RefreshResponse = ginauth.GinJWTReply
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &params, Store: memstore.New(), InsecureCookies: true, Subject: subject,
		AccessRefresh: &ginauth.AccessRefresh{Expired: m.MaxRefresh},
		Legacy:        &ginauth.Legacy{Until: time.Now().Add(48 * time.Hour), Subject: legacySubject},
	})
	if err != nil {
		log.Print(err) // most of the tests throw it away
		return nil, err
	}
	auths[m] = auth
	return m, nil
}

// subject names the user of what these tests hand to an Authenticator or to TokenGenerator.
func subject(data any) string {
	switch data := data.(type) {
	case jwt.MapClaims:
		return legacySubject(MapClaims(data))
	case MapClaims:
		return legacySubject(data)
	case string:
		return data
	}
	return ""
}

func legacySubject(claims MapClaims) string {
	name, _ := claims[gj.IdentityKey].(string)
	return name
}

// The handlers and the middleware have the same names.

func (m *GinJWTMiddleware) LoginHandler(c *gin.Context)     { auths[m].LoginHandler(c) }
func (m *GinJWTMiddleware) LogoutHandler(c *gin.Context)    { auths[m].LogoutHandler(c) }
func (m *GinJWTMiddleware) RefreshHandler(c *gin.Context)   { auths[m].RefreshHandler(c) }
func (m *GinJWTMiddleware) MiddlewareFunc() gin.HandlerFunc { return auths[m].MiddlewareFunc() }

// TokenGenerator is BeginSession, since these tests call it without a request.
func (m *GinJWTMiddleware) TokenGenerator(data any) (string, time.Time, error) {
	tokens, err := auths[m].BeginSession(context.Background(), data)
	return tokens.AccessToken, time.Now().Add(time.Duration(tokens.ExpiresIn) * time.Second), err
}

// ParseTokenString is Verify, in the type that ExtractClaimsFromToken reads.
func (m *GinJWTMiddleware) ParseTokenString(text string) (*jwt.Token, error) {
	access, err := auths[m].Verify(context.Background(), text)
	return &jwt.Token{Raw: text, Claims: jwt.MapClaims(access.Claims), Valid: err == nil}, err
}

// SetCookie is SetCookies.
func (m *GinJWTMiddleware) SetCookie(c *gin.Context, text string) {
	auths[m].SetCookies(c, ginauth.Tokens{AccessToken: text, ExpiresIn: 3600, RefreshExpiresIn: 3600})
}

// The functions and errors that a moved application goes on taking from gin-jwt.
var (
	ExtractClaims          = gj.ExtractClaims
	ExtractClaimsFromToken = gj.ExtractClaimsFromToken
	GetToken               = gj.GetToken

	ErrMissingSecretKey         = gj.ErrMissingSecretKey
	ErrMissingAuthenticatorFunc = gj.ErrMissingAuthenticatorFunc
	ErrMissingLoginValues       = gj.ErrMissingLoginValues
	ErrFailedAuthentication     = gj.ErrFailedAuthentication
	ErrExpiredToken             = gj.ErrExpiredToken
	ErrMissingExpField          = gj.ErrMissingExpField
	ErrNoPrivKeyFile            = gj.ErrNoPrivKeyFile
	ErrNoPubKeyFile             = gj.ErrNoPubKeyFile
	ErrInvalidPrivKey           = gj.ErrInvalidPrivKey
	ErrInvalidPubKey            = gj.ErrInvalidPubKey
)
