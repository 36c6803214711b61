// Command cookies-spa serves a page and its API on one origin, with the tokens in cookies that
// no script can read.
//
// The cookies are Secure. Chrome and Firefox accept them from http://localhost. For other
// browsers, or curl over plain http, set INSECURE_COOKIES=true, but never in production.
package main

import (
	_ "embed"
	"log"
	"net/http"
	"os"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

//go:embed index.html
var page []byte

func main() {
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			Key:           []byte(os.Getenv("JWT_SECRET")),
			Authenticator: authenticate,
		},
		Store:           memstore.New(),
		Cookies:         &ginauth.Cookies{},
		InsecureCookies: os.Getenv("INSECURE_COOKIES") == "true",
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/", func(c *gin.Context) { c.Data(http.StatusOK, "text/html; charset=utf-8", page) })
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/api/me", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"user": c.GetString("identity")})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}

func authenticate(c *gin.Context) (any, error) {
	name, password, err := ginauth.ReadCredentials(c)
	if err == nil && (name != "user1" || password != "password123") {
		err = jwt.ErrFailedAuthentication
	}
	return name, err
}
