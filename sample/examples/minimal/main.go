// Command minimal is the README's quickstart: log in, refresh, log out, and one protected
// route. The sessions are in the memory of the process.
package main

import (
	"crypto/rand"
	"log"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

func main() {
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{ // gin-jwt's own struct: its fields keep their meaning
			Key: []byte(rand.Text() + rand.Text()), // tokens end with this process, as its sessions do
			Authenticator: func(c *gin.Context) (any, error) {
				name, password, err := ginauth.ReadCredentials(c)
				if err == nil && (name != "user1" || password != "password123") {
					err = jwt.ErrFailedAuthentication
				}
				return name, err
			},
		},
		Store: memstore.New(), // sessions in memory; package redisstore keeps them in Redis
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.Default()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	r.GET("/protected", auth.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(200, gin.H{"hello": c.GetString("identity")})
	})
	log.Fatal(r.Run("127.0.0.1:8080"))
}
