// Package tested is a small application with tests. It shows how to test code that uses
// ginauth, without Redis and without waiting.
package tested

import (
	"net/http"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/session"
)

// NewRouter returns the application. The caller provides the store and the clock, so tests can
// use their own.
func NewRouter(key []byte, store session.Store, now func() time.Time) (*gin.Engine, *ginauth.Auth, error) {
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           key,
			Timeout:       15 * time.Minute,
			TimeFunc:      now,
			Authenticator: authenticate,
		},
		Store: store,
	})
	if err != nil {
		return nil, nil, err
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/notes", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"notes_of": c.GetString("identity")})
	})
	return r, auth, nil
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && password != "correct horse" {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
