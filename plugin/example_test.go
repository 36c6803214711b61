package ginauth_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"log"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
)

// Log in, use the token, log out, and be refused. serve stands for an HTTP client.
func Example() {
	gin.SetMode(gin.ReleaseMode)
	gin.DefaultWriter = io.Discard

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

	_, tokens := serve(r, "POST", "/login", "", `{"username":"user1","password":"password123"}`)
	access := tokens["access_token"]
	fmt.Println(serve(r, "GET", "/protected", access, ""))
	fmt.Println(serve(r, "POST", "/logout", access, ""))
	status, refusal := serve(r, "GET", "/protected", access, "")
	fmt.Println(status, refusal["error"])
	// Output:
	// 200 map[hello:user1]
	// 200 map[code:200]
	// 401 token_revoked
}
