package jwks_test

import (
	"context"
	"log"
	"log/slog"

	jwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/jwks"
	"github.com/ginauth/ginauth/plugin/redisstore"
)

// A service that verifies the tokens of another one.
func Example() {
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{"redis.example:6379"}})
	remote, err := jwks.Follow(context.Background(), jwks.Options{
		URL:     "https://auth.example/.well-known/jwks.json",
		OnError: func(err error) { slog.Warn("keys of the issuer", "error", err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = remote.Close(context.Background()) }()
	auth, err := ginauth.New(ginauth.Config{
		JWT:  &jwt.GinJWTMiddleware{Realm: "orders"},
		Keys: remote.Ring(), Issuer: "https://auth.example", Audience: []string{"orders"},
		Store: redisstore.Must(redisstore.New(rdb, redisstore.Options{})), // the issuer's
	})
	if err != nil {
		log.Fatal(err)
	}
	r := gin.New()
	r.GET("/orders", auth.MiddlewareFunc(), func(*gin.Context) {})
}
