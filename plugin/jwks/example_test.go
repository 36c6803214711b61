package jwks_test

import (
	"context"
	"log"
	"log/slog"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/jwks"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// A service that verifies the tokens of another service.
func Example() {
	ctx := context.Background()
	remote, err := jwks.Follow(ctx, jwks.Options{
		URL:     "https://auth.example/.well-known/jwks.json",
		OnError: func(err error) { slog.Warn("keys of the issuer", "error", err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	store, err := redisstore.Connect("redis://redis.example:6379", redisstore.Options{}) // the issuer's
	if err != nil {
		log.Fatal(err)
	}
	auth, err := ginauth.New(ginauth.Config{
		JWT:  &jwt.GinJWTMiddleware{Realm: "orders"},
		Keys: remote.Ring(), Issuer: "https://auth.example", Audience: []string{"orders"},
		Store: store,
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	_ = r.SetTrustedProxies(nil) // no proxy in front, so no X-Forwarded-For is believed
	r.GET("/orders", auth.MiddlewareFunc(), func(*gin.Context) {})
	// When the server has stopped: auth.Close(ctx) and remote.Close(ctx).
}
