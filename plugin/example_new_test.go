package ginauth_test

import (
	"crypto/rand"
	"fmt"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// New does not contact the store. An application starts while Redis is down, and answers 503
// until Redis is up.
func ExampleNew() {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379"})
	secret := []byte(rand.Text() + rand.Text()) // in production from the environment, the same on every node
	authenticate := func(c *gin.Context) (any, error) {
		name, _, err := ginauth.ReadCredentials(c) // look the name up, check the password
		return name, err
	}
	claims := func(data any) jwt.MapClaims { return jwt.MapClaims{"identity": data} }
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed

	auth, err := ginauth.New(ginauth.Config{
		JWT:   &jwt.GinJWTMiddleware{Key: secret, Authenticator: authenticate, PayloadFunc: claims},
		Store: redisstore.Must(redisstore.New(rdb, redisstore.Options{})), // or memstore.New()
	})
	if err != nil {
		fmt.Println(err) // every mistake, one a line
		return
	}
	r.POST("/login", auth.LoginHandler)
	r.POST("/refresh", auth.RefreshHandler)
	r.POST("/logout", auth.LogoutHandler)
	protected := r.Group("/protected", auth.MiddlewareFunc())
	protected.GET("", func(c *gin.Context) { c.JSON(200, gin.H{"hello": c.GetString("identity")}) })

	fmt.Println(len(r.Routes()), "routes")
	// Output: 4 routes
}

// New reports every mistake at once.
func ExampleNew_mistakes() {
	_, err := ginauth.New(ginauth.Config{JWT: &jwt.GinJWTMiddleware{Key: []byte("secret key"), TokenLookup: "query:token"}})
	fmt.Println(err)
	// Output:
	// ginauth: Config.Store: required; memstore.New() keeps sessions in this process, redisstore.Connect in Redis
	// ginauth: Config.JWT.Authenticator: required
	// ginauth: Config.JWT.TokenLookup: query: tokens in URLs and forms leak into logs; use header or cookie
	// ginauth: Config.JWT.Key: keys: weak key: HS256 wants at least 32 bytes, found 10
}
