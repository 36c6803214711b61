// Command gin-jwt-rs256 issues RS256 tokens with gin-jwt's own fields: PrivKeyFile and PubKeyFile, named by
// JWT_PRIVATE_KEY_FILE and JWT_PUBLIC_KEY_FILE. The program verify-only accepts these tokens with the public file
// alone, and obeys revocations through the same Redis: REDIS_URL, redis://host:port/0.
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

func main() {
	store, err := redisstore.Connect(os.Getenv("REDIS_URL"), redisstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT: &jwt.GinJWTMiddleware{
			SigningAlgorithm: "RS256",
			PrivKeyFile:      os.Getenv("JWT_PRIVATE_KEY_FILE"), // at least 2048 bits, for this service alone
			PubKeyFile:       os.Getenv("JWT_PUBLIC_KEY_FILE"),
			Timeout:          15 * time.Minute,
			Authenticator:    authenticate,
		},
		Store:    store,
		Issuer:   "ginauth-sample", // what verify-only requires
		Audience: []string{"ginauth-sample"},
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
		c.JSON(http.StatusOK, gin.H{"hello": c.GetString("identity")})
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
