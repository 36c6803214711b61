package ginauth_test

import (
	"context"
	"fmt"
	"log"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/memstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// Config.Legacy spares the users of a gin-jwt application a new login on the day of the
// migration: their existing tokens work until they expire.
func ExampleConfig_acceptLegacyUntil() {
	params := exampleConfig().JWT
	params.TimeFunc = func() time.Time { return time.Date(2027, time.February, 1, 12, 0, 0, 0, time.UTC) }
	params.PayloadFunc = func(data any) jwt.MapClaims { return jwt.MapClaims{"identity": data} }
	before, err := jwt.New(&jwt.GinJWTMiddleware{
		Key: params.Key, TimeFunc: params.TimeFunc, PayloadFunc: params.PayloadFunc, Authenticator: params.Authenticator,
	})
	if err != nil {
		log.Fatal(err)
	}
	old, _, err := before.TokenGenerator("ada") // what gin-jwt gave her
	if err != nil {
		log.Fatal(err)
	}

	reload := func(_ context.Context, s session.Session) (any, error) { return s.Subject, nil }
	authMiddleware, err := ginauth.New(ginauth.Config{
		JWT: params, Store: memstore.New(), Reload: reload,
		Legacy: &ginauth.Legacy{Until: time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC)}, // when the last of them has expired
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/hello", authMiddleware.MiddlewareFunc(), func(c *gin.Context) {
		c.JSON(200, gin.H{"hello": c.GetString("identity")})
	})
	fmt.Println(serve(r, "GET", "/hello", old, ""))
	// Output: 200 map[hello:ada]
}
