// Command gin-jwt-signup begins sessions where gin-jwt projects called TokenGenerator: at sign-up, and in the callback of
// an OAuth provider (oauth.go; logins/oidc has OpenID Connect with ID tokens). JWT_SECRET is at least 32 random bytes;
// OAUTH_URL, OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET are of the provider, PUBLIC_URL is where browsers find this program.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"regexp"
	"sync"
	"time"
	"unicode/utf8"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/password"
)

type app struct {
	auth   *ginauth.Auth
	store  *memstore.Store
	hasher *password.Hasher
	oauth  provider

	mu     sync.Mutex
	hashes map[string]string // by the user's name
}

func main() {
	hasher, err := password.New(password.Options{})
	if err != nil {
		log.Fatal(err)
	}
	a := &app{store: memstore.New(), hasher: hasher, oauth: providerFromEnv(), hashes: make(map[string]string)}
	a.auth, err = ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET")),
			Timeout:       15 * time.Minute,
			Authenticator: a.authenticate,
		},
		Store:   a.store,
		Cookies: &ginauth.Cookies{},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/signup", a.signUp)
	r.POST("/login", a.auth.LoginHandler)
	r.POST("/refresh", a.auth.RefreshHandler)
	r.POST("/logout", a.auth.LogoutHandler)
	r.GET("/oauth/login", a.toProvider)
	r.GET("/oauth/callback", a.callback)
	r.GET("/me", a.auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"user": c.GetString("identity")})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

// No local name has a |, so none is that of a user of the provider.
var validName = regexp.MustCompile(`^[a-z][a-z0-9_-]{2,31}$`)

const minPassword = 15 // characters: NIST SP 800-63B-4, for a password that is the only factor

// ownPages refuses what a page of another site sends.
var ownPages = http.NewCrossOriginProtection()

// signUp stores the user and begins a session. Limit sign-ups too: logins/signup does.
func (a *app) signUp(c *gin.Context) {
	if ownPages.Check(c.Request) != nil {
		a.auth.Refuse(c, ginauth.ErrCrossOrigin)
		return
	}
	name, plain, err := ginauth.ReadCredentials(c)
	if err == nil && (!validName.MatchString(name) || utf8.RuneCountInString(plain) < minPassword) {
		err = ginauth.ErrInvalidRequest
	}
	if err != nil {
		a.auth.Refuse(c, err)
		return
	}
	hash, err := a.hasher.Hash(c.Request.Context(), plain)
	if err != nil {
		a.auth.Refuse(c, passwordError(err))
		return
	}
	if !a.add(name, hash) {
		c.AbortWithStatusJSON(http.StatusConflict, gin.H{"code": http.StatusConflict, "message": "Choose another name."})
		return
	}
	tokens, err := a.auth.Login(c, name)
	if err != nil {
		a.auth.Refuse(c, err) // the user exists now, and can log in at /login
		return
	}
	a.auth.Reply(c, tokens)
}

func (a *app) add(name, hash string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, taken := a.hashes[name]; taken {
		return false
	}
	a.hashes[name] = hash
	return true
}

// authenticate does the same work for an unknown user, so that its time tells nothing.
func (a *app) authenticate(c *gin.Context) (any, error) {
	name, plain, err := ginauth.ReadCredentials(c)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	hash, known := a.hashes[name]
	a.mu.Unlock()
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	if !known {
		return nil, passwordError(a.hasher.VerifyUnknown(ctx, plain))
	}
	_, err = a.hasher.Verify(ctx, hash, plain)
	return name, passwordError(err)
}

func passwordError(err error) error {
	switch {
	case errors.Is(err, password.ErrTooLong):
		return ginauth.ErrInvalidRequest
	case errors.Is(err, password.ErrBusy):
		return ginauth.ErrUnavailable
	case errors.Is(err, password.ErrMismatch):
		return jwt.ErrFailedAuthentication
	}
	return err
}
